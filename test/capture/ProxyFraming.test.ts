/**
 * What reaches the upstream of each way to frame a request: every byte that the proxy sends is read by a strict
 * reader, and by a lenient one. Both have to see the requests that the client's own bytes mean, each once, and
 * nothing else.
 */
import http from "node:http"
import { connect, createServer, type Socket } from "node:net"
import { join } from "node:path"
import { describe, expect, it, onTestFinished } from "vitest"
import { openProxy } from "../../src/capture/index.js"
import { groupBy } from "../../src/domain/Grouping.js"
import { temporaryFolder } from "../support/files.js"
import { listening } from "../support/listening.js"

interface Read {
  readonly method: string
  readonly path: string
  readonly body: string
}

/** RFC 9112 to the letter: whole requests with one framing at most, up to the first byte that is none of one. */
const strictly = (bytes: string): { readonly requests: ReadonlyArray<Read>; readonly rest: string } => {
  const requests: Array<Read> = []
  let rest = bytes
  for (;;) {
    const head = /^([A-Z]+) (\S+) HTTP\/1\.([01])\r\n((?:[!#$%&'*+\-.^_`|~\w]+:[^\r\n]*\r\n)*)\r\n/.exec(rest)
    if (head === null) return { requests, rest }
    const [whole, method, target, minor, lines] = head as unknown as [string, string, string, string, string]
    const values = (name: string) =>
      lines
        .split("\r\n")
        .filter((line) => line.toLowerCase().startsWith(`${name}:`))
        .map((line) => line.slice(name.length + 1).trim())
    const lengths = values("content-length")
    const codings = values("transfer-encoding").map((one) => one.toLowerCase())
    if (lengths.length + codings.length > 1 || values("host").length > 1) return { requests, rest }
    if (lengths.some((one) => !/^\d+$/.test(one)) || codings.some((one) => one !== "chunked")) return { requests, rest }
    if (codings.length > 0 && minor === "0") return { requests, rest }
    let at = whole.length
    let body = ""
    if (codings.length > 0) {
      for (;;) {
        const size = /^([\da-f]+)(?:;[^\r\n]*)?\r\n/i.exec(rest.slice(at))
        if (size === null) return { requests, rest }
        at += size[0].length
        const length = Number.parseInt(size[1]!, 16)
        body += rest.slice(at, at + length)
        at += length
        if (length === 0) {
          const trailers = /^(?:[^\r\n:]+:[^\r\n]*\r\n)*\r\n/.exec(rest.slice(at))
          if (trailers === null) return { requests, rest }
          at += trailers[0].length
          break
        }
        if (rest.slice(at, at + 2) !== "\r\n") return { requests, rest }
        at += 2
      }
    } else {
      const length = Number(lengths[0] ?? 0)
      if (rest.length < at + length) return { requests, rest }
      body = rest.slice(at, at + length)
      at += length
    }
    requests.push({ method, path: target.replace(/^http:\/\/[^/]+/, ""), body })
    rest = rest.slice(at)
  }
}

/** Keeps each connection's bytes, answers what it can read, and leaves the connection open for more. */
const strictUpstream = async () => {
  const connections: Array<{ bytes: string; closed: boolean }> = []
  const port = await listening(
    createServer((socket) => {
      const connection = { bytes: "", closed: false }
      connections.push(connection)
      let answered = 0
      socket.on("error", () => undefined)
      socket.on("close", () => {
        connection.closed = true
      })
      socket.on("data", (chunk) => {
        connection.bytes += chunk.toString("latin1")
        const { requests } = strictly(connection.bytes)
        for (; answered < requests.length; answered++) {
          const body = requests[answered]!.method === "HEAD" ? "" : "seen"
          socket.write(`HTTP/1.1 200 OK\r\nX-Upstream: yes\r\nContent-Length: 4\r\n\r\n${body}`)
        }
      })
    })
  )
  return { port, connections }
}

/** As servers of long ago read: both framings at once, loose whitespace, obsolete folding. */
const lenientUpstream = async () => {
  const requests: Array<Read> = []
  let open = 0
  const server = http.createServer({ insecureHTTPParser: true }, (request, response) => {
    let body = ""
    request.setEncoding("latin1").on("data", (chunk: string) => {
      body += chunk
    })
    request.on("end", () => {
      requests.push({ method: request.method!, path: request.url!, body })
      response.writeHead(200, { "x-upstream": "yes" }).end("seen")
    })
  })
  server.on("connection", (socket: Socket) => {
    open += 1
    socket.on("close", () => {
      open -= 1
    })
  })
  return { port: await listening(server), requests, open: () => open }
}

const startProxy = async (port: number) => {
  const proxy = await openProxy({
    host: "127.0.0.1",
    port: 0,
    upstreams: [{ host: null, path: null, url: new URL(`http://127.0.0.1:${port}`) }],
    tls: null,
    timeoutMs: 20_000,
    recorder: { db: join(temporaryFolder(), "f.db"), hosts: [] }
  })
  onTestFinished(() => proxy.close(100))
  return proxy
}

/** All that the proxy says until it closes the connection. */
const exchange = (port: number, bytes: string): Promise<string> =>
  new Promise((resolve) => {
    let text = ""
    const socket = connect(port, "127.0.0.1", () => socket.write(Buffer.from(bytes, "latin1")))
    socket.on("data", (chunk) => {
      text += chunk.toString("latin1")
    })
    socket.on("error", () => undefined)
    socket.on("close", () => resolve(text))
  })

/** `0000` stands for the number of the case. */
const inner = "DELETE /0000/inner HTTP/1.1\r\nHost: x\r\n\r\n"
const size = inner.length
const chunked = `${size.toString(16)}\r\n${inner}\r\n0\r\n\r\n`
const length = `Content-Length: ${size}\r\n`
const coding = "Transfer-Encoding: chunked\r\n"

/** Headers and the body behind them. */
const framings: Readonly<Record<string, readonly [string, string]>> = {
  "no body": ["", ""],
  "a length of zero": ["Content-Length: 0\r\n", ""],
  "a length": [length, inner],
  chunks: [coding, chunked],
  "chunks with an extension": [coding, chunked.replace("\r\n", ";a=b\r\n")],
  "chunks with trailers": [coding, `${chunked.slice(0, -2)}X-Sum: 1\r\nHost: other\r\n\r\n`],
  "a length, then chunks": [length + coding, chunked],
  "chunks, then a length": [coding + length, chunked],
  "a length that ends where the chunks do not": [`Content-Length: 4\r\n${coding}`, `0\r\n\r\n${inner}`],
  "a length twice": [length + length, inner],
  "two lengths": [`Content-Length: 0\r\n${length}`, inner],
  "chunks with a length among the trailers": [coding, `${chunked.slice(0, -2)}Content-Length: 5\r\n\r\n`],
  "a list of lengths": [`Content-Length: ${size}, ${size}\r\n`, inner],
  "a signed length": [`Content-Length: +${size}\r\n`, inner],
  "a hexadecimal length": [`Content-Length: 0x${size.toString(16)}\r\n`, inner],
  "a length in blanks": [`Content-Length:  \t${size} \r\n`, inner],
  "a length with a blank before the colon": [`Content-Length : ${size}\r\n`, inner],
  "a folded length": [`Content-Length:\r\n ${size}\r\n`, inner],
  "a length behind a bare line feed": [`X-A: b\n${length}`, inner],
  "a length behind a bare carriage return": [`X-A: b\r${length}`, inner],
  "a length in another header's name": [`Content_Length: ${size}\r\n`, inner],
  "a blank before the length": [` ${length}`, inner],
  "chunks in capitals": ["TRANSFER-ENCODING: CHUNKED\r\n", chunked],
  "folded chunks": ["Transfer-Encoding:\r\n chunked\r\n", chunked],
  "chunks and a tab": ["Transfer-Encoding:\tchunked\r\n", chunked],
  "chunks behind a vertical tab": ["Transfer-Encoding: \x0bchunked\r\n", chunked],
  "chunks twice": [coding + coding, chunked],
  "a list of chunks": ["Transfer-Encoding: chunked, chunked\r\n", chunked],
  "zipped chunks": ["Transfer-Encoding: gzip, chunked\r\n", chunked],
  "chunks in an unknown coding": ["Transfer-Encoding: xchunked\r\n", chunked],
  identity: ["Transfer-Encoding: identity\r\n", inner],
  "identity with a length": [`Transfer-Encoding: identity\r\n${length}`, inner],
  "chunks, not last": ["Transfer-Encoding: chunked, identity\r\n", chunked],
  "a signed chunk": [coding, `+${chunked}`],
  "a chunk behind 0x": [coding, `0x${chunked}`],
  "a chunk of too many digits": [coding, `00000000000000000${chunked}`],
  "chunks behind two thousand headers": ["a:b\r\n".repeat(2_050) + coding, chunked]
}

const connections: ReadonlyArray<string> = [
  "",
  "Connection: content-length\r\n",
  "Connection: keep-alive, Content-Length , TRANSFER-ENCODING\r\n",
  "Connection: close, transfer-encoding, host\r\n",
  "Connection: Upgrade\r\nUpgrade: made-up\r\n",
  "Connection: Upgrade, Content-Length, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n"
]

const heads: ReadonlyArray<string> = [
  "GET /0000/outer HTTP/1.1\r\nHost: h\r\n",
  "POST /0000/outer HTTP/1.1\r\nHost: h\r\n",
  "DELETE /0000/outer HTTP/1.1\r\nHost: h\r\n",
  "OPTIONS /0000/outer HTTP/1.1\r\nHost: h\r\n",
  "HEAD /0000/outer HTTP/1.1\r\nHost: h\r\n",
  "POST ABSOLUTE/0000/outer HTTP/1.1\r\nHost: h\r\n",
  "GET /0000/outer HTTP/1.0\r\nHost: h\r\n",
  "GET /0000/outer HTTP/1.1\r\nHost: h\r\nHost: second\r\n"
]

/** Closes the connection where the request before it has left it open. */
const last = "GET /0000/last HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"

interface Case {
  readonly name: string
  readonly path: string
  readonly bytes: string
}

const corpus = (port: number): ReadonlyArray<Case> =>
  heads.flatMap((head, a) =>
    connections.flatMap((connection, b) =>
      Object.entries(framings).map(([name, [framing, body]], c): Case => {
        const path = `/${1000 + (a * connections.length + b) * Object.keys(framings).length + c}/`
        const bytes = `${head.replace("ABSOLUTE", `http://127.0.0.1:${port}`)}${connection}${framing}\r\n${body}${last}`
        return {
          name: `${head.split("\r\n", 1)[0]} | ${connection.replaceAll("\r\n", " ")}| ${name}`,
          path,
          bytes: bytes.replaceAll("/0000/", path)
        }
      })
    )
  )

const words = ({ body, method, path }: Read): string => `${method} ${path} ${JSON.stringify(body)}`
const answered = (text: string): number =>
  text.split("X-Upstream: yes").length + text.split("x-upstream: yes").length - 2

/** Requests that were seen and not meant, seen twice, or not answered; refusals without an answer. */
const wrongOf = (cases: ReadonlyArray<Case>, answers: ReadonlyArray<string>, seen: ReadonlyArray<Read>) => {
  const byCase = groupBy(seen, ({ path }) => path.replace(/[a-z]*$/, ""))
  return cases.flatMap(({ bytes, name, path }, at) => {
    const requests = (byCase.get(path) ?? []).map(words)
    const meant = strictly(bytes).requests.map(words)
    const count = answered(answers[at]!)
    return [
      ...requests.filter((one) => !meant.includes(one)).map((one) => `${name}: ${one} was not meant`),
      ...(new Set(requests).size < requests.length ? [`${name}: a request was seen twice`] : []),
      ...(requests.length === count ? [] : [`${name}: ${requests.length} seen, ${count} answered`]),
      ...(count > 0 || /^HTTP\/1\.1 (?:4\d\d|501) /.test(answers[at]!) ? [] : [`${name}: no answer`])
    ]
  })
}

describe("the proxy's framing is its own", () => {
  it("a strict upstream sees each request that was accepted, once, as its client meant it, and not a byte more", async () => {
    const upstream = await strictUpstream()
    const proxy = await startProxy(upstream.port)
    const cases = corpus(upstream.port)
    const answers: Array<string> = []
    for (const { bytes } of cases) answers.push(await exchange(proxy.port, bytes))
    await proxy.close()
    await expect.poll(() => upstream.connections.every(({ closed }) => closed), { timeout: 60_000 }).toBe(true)
    const read = upstream.connections.map(({ bytes }) => strictly(bytes))
    // A body that turns out to be none on its way is broken off with its connection.
    const unread = read.filter(({ rest }) => rest !== "" && !/^[A-Z]+ \/\d+\/outer HTTP\/1\.1\r\n/.test(rest))
    expect(unread).toEqual([])
    expect(
      wrongOf(
        cases,
        answers,
        read.flatMap(({ requests }) => requests)
      )
    ).toEqual([])
    // What is sound goes through, whatever the Connection header names.
    const accepted = new Set(read.flatMap(({ requests }) => requests.map(({ path }) => path)))
    const sound = ["no body", "a length of zero", "a length", "chunks", "chunks in capitals", "chunks with trailers"]
    const due = cases.filter(
      ({ bytes, name }) =>
        !bytes.includes("Host: second") &&
        / \/0000\/outer HTTP\/1\.1 /.test(name) &&
        sound.some((framing) => name.endsWith(`| ${framing}`))
    )
    expect(due.length).toBeGreaterThan(100)
    expect(due.filter(({ path }) => !accepted.has(`${path}outer`)).map(({ name }) => name)).toEqual([])
  }, 300_000)

  it("a lenient upstream sees the same", async () => {
    const upstream = await lenientUpstream()
    const proxy = await startProxy(upstream.port)
    const cases = corpus(upstream.port).filter((_, at) => at % 3 === 0)
    const answers: Array<string> = []
    for (const { bytes } of cases) answers.push(await exchange(proxy.port, bytes))
    await proxy.close()
    await expect.poll(upstream.open, { timeout: 60_000 }).toBe(0)
    expect(wrongOf(cases, answers, upstream.requests)).toEqual([])
  }, 300_000)

  it("keeps a credential that Connection names, and takes framing out of trailers", async () => {
    const upstream = await strictUpstream()
    const proxy = await startProxy(upstream.port)
    await exchange(
      proxy.port,
      `POST /a HTTP/1.1\r\nHost: h\r\nConnection: close, authorization, x-own\r\nX-Own: 1\r\nAuthorization: Basic eA==\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nCookie: a=b\r\nX-Sum: 7\r\n\r\n`
    )
    const bytes = upstream.connections.map((one) => one.bytes).join("")
    expect(bytes).toContain("Authorization: Basic eA==")
    expect(bytes).toContain("X-Sum: 7")
    expect(bytes).not.toMatch(/X-Own|Cookie|Content-Length/i)
  })

  it("an answer that Node will not write again does not end the proxy", async () => {
    let turn = 0
    const port = await listening(
      createServer((socket) => {
        socket.on("error", () => undefined)
        socket.on("data", () => {
          turn += 1
          socket.end(
            turn === 1
              ? "HTTP/1.1 200 O\x01K\r\nContent-Length: 2\r\n\r\nok"
              : "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecond"
          )
        })
      })
    )
    const proxy = await startProxy(port)
    const ask = "GET /a HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
    expect(await exchange(proxy.port, ask)).toMatch(/^HTTP\/1\.1 (?:200 OK[\s\S]*\r\n\r\nok$|502 )/)
    expect(await exchange(proxy.port, ask)).not.toContain("second")
    expect(await exchange(proxy.port, ask)).toMatch(/^HTTP\/1\.1 /)
  })
})
