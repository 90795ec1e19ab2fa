// A server that answers in every awkward way, written over bare sockets so that nothing tidies it up. A process of its
// own: it must not wait for the test. Tells its port, and how many requests came when it is asked.
import { createServer } from "node:net"
import { brotliCompressSync, gzipSync } from "node:zlib"

const json = JSON.stringify([{ id: 1, updated_at: "2026-01-01T00:00:00Z", text: "ü€𝄞".repeat(200) }])
const large = Buffer.from(
  JSON.stringify(
    Array.from({ length: 12_000 }, (_, id) => ({
      id,
      updated_at: "2026-01-01T00:00:00Z",
      note: `item ${id} `.repeat(10)
    }))
  )
)
const packed = gzipSync(large)
const type = "Content-Type: application/json\r\n"

const wait = (milliseconds) => new Promise((resume) => setTimeout(resume, milliseconds))
const whole = (status, body, headers = type) =>
  Buffer.concat([
    Buffer.from(`HTTP/1.1 ${status}\r\n${headers}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n`),
    Buffer.from(body)
  ])

const awkwardAnswers = {
  "/plain": (socket) => void socket.write(whole("200 OK", json)),
  "/drip": async (socket) => {
    for (const byte of Buffer.from(whole("200 OK", '[{"id":1}]'))) {
      socket.write(Buffer.from([byte]))
      await new Promise(setImmediate)
    }
  },
  "/no-length": (socket) => void socket.end(`HTTP/1.1 200 OK\r\n${type}Connection: close\r\n\r\n${json}`),
  "/chunked": (socket) =>
    void socket.write(
      `HTTP/1.1 200 OK\r\n${type}Transfer-Encoding: chunked\r\n\r\n3\r\n[{"\r\n8\r\nid": 7}]\r\n0\r\n\r\n`
    ),
  "/early-close": (socket) => void socket.end(`HTTP/1.1 200 OK\r\n${type}Content-Length: 100\r\n\r\n[{"id"`),
  "/reset": async (socket) => {
    socket.write(`HTTP/1.1 200 OK\r\n${type}Content-Length: 100\r\n\r\n[{"id"`)
    await wait(30)
    socket.resetAndDestroy()
  },
  "/reset-before": (socket) => void socket.resetAndDestroy(),
  "/close-before": (socket) => void socket.end(),
  "/no-content": (socket) => void socket.write("HTTP/1.1 204 No Content\r\nX-RateLimit-Remaining: 5\r\n\r\n"),
  "/not-modified": (socket) => void socket.write('HTTP/1.1 304 Not Modified\r\nETag: "a"\r\n\r\n'),
  "/hints": async (socket) => {
    socket.write("HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n")
    await wait(5)
    socket.write(whole("200 OK", json))
  },
  "/trailers": (socket) =>
    void socket.write(
      `HTTP/1.1 200 OK\r\n${type}Transfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n2\r\n[]\r\n0\r\nX-Sum: 42\r\n\r\n`
    ),
  "/gzip": (socket) => void socket.write(whole("200 OK", packed, `${type}Content-Encoding: gzip\r\n`)),
  "/large": (socket) => void socket.write(whole("200 OK", large)),
  "/brotli": (socket) =>
    void socket.write(whole("200 OK", brotliCompressSync(json), `${type}Content-Encoding: br\r\n`)),
  "/damaged-gzip": (socket) =>
    void socket.write(whole("200 OK", packed.subarray(0, 1000), `${type}Content-Encoding: gzip\r\n`)),
  "/redirect": (socket) => void socket.write("HTTP/1.1 302 Found\r\nLocation: /plain\r\nContent-Length: 0\r\n\r\n"),
  "/never": () => undefined,
  "/never-ends": (socket) => void socket.write(`HTTP/1.1 200 OK\r\n${type}Content-Length: 100\r\n\r\n[{"id"`),
  "/nonsense": (socket) => void socket.end("HTTP/1.1 200 OK\r\nThis is no header\r\n\r\n"),
  "/too-many": (socket) => void socket.write(whole("429 Too Many Requests", "{}", `${type}Retry-After: 1\r\n`)),
  "/error": (socket) => void socket.write(whole("500 Internal Server Error", '{"message":"oops"}')),
  "/not-json": (socket) => void socket.write(whole("200 OK", "[1, 2,")),
  "/upgrade": (socket) =>
    void socket.write("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\nhello"),
  "/echo": (socket, body) => void socket.write(whole("200 OK", body, "Content-Type: application/octet-stream\r\n")),
  "/two-cookies": (socket) =>
    void socket.write(whole("200 OK", "{}", `${type}Set-Cookie: a=1\r\nSet-Cookie: b=2\r\nX-RateLimit-Total: 700\r\n`))
}

let counts = {}
const sockets = new Set()
const server = createServer({ noDelay: true }, (socket) => {
  sockets.add(socket)
  socket.on("close", () => sockets.delete(socket))
  socket.on("error", () => undefined)
  let received = Buffer.alloc(0)
  let busy = Promise.resolve()
  socket.on("data", (chunk) => {
    received = Buffer.concat([received, chunk])
    for (;;) {
      const head = received.indexOf("\r\n\r\n")
      if (head < 0) return
      const text = received.subarray(0, head).toString("latin1")
      const length = Number(/^content-length:\s*(\d+)/im.exec(text)?.[1] ?? 0)
      let end = head + 4 + length
      let body = received.subarray(head + 4, end)
      if (/^transfer-encoding:\s*chunked/im.test(text)) {
        const last = received.indexOf("0\r\n\r\n", head + 4)
        if (last < 0) return
        end = last + 5
        body = dechunk(received.subarray(head + 4, end))
      }
      if (received.length < end) return
      received = received.subarray(end)
      const [, method, target] = /^(\S+) (\S+)/.exec(text)
      const path = target.replace(/\?.*$/, "")
      counts[path] = (counts[path] ?? 0) + 1
      const answer = awkwardAnswers[path]
      busy = busy.then(async () => {
        if (socket.destroyed) return
        if (method === "HEAD") socket.write(`HTTP/1.1 200 OK\r\n${type}Content-Length: 20\r\n\r\n`)
        else if (answer === undefined) socket.write(whole("404 Not Found", "{}"))
        else await answer(socket, body)
      })
    }
  })
})
server.listen(0, "127.0.0.1", () => process.send({ port: server.address().port, paths: Object.keys(awkwardAnswers) }))
process.on("message", (what) => {
  if (what === "reset") counts = {}
  process.send({ counts })
})
process.on("disconnect", () => process.exit(0))

const dechunk = (bytes) => {
  const parts = []
  for (let at = 0; ; ) {
    const line = bytes.indexOf("\r\n", at)
    const size = Number.parseInt(bytes.subarray(at, line).toString("latin1"), 16)
    if (!(size > 0)) return Buffer.concat(parts)
    parts.push(bytes.subarray(line + 2, line + 2 + size))
    at = line + 2 + size + 2
  }
}
