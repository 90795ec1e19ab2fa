// The servers that are measured, each in a process of its own: `node bench/servers.mjs WHICH FOLDER [UPSTREAM_PORT]`.
import { createHmac, timingSafeEqual } from "node:crypto"
import { mkdtempSync, rmSync } from "node:fs"
import { createServer } from "node:http"
import { join } from "node:path"
import { secret } from "./deliveries.mjs"
import { ticket } from "./tickets.mjs"

const [, , which, folder, upstreamPort] = process.argv

const ready = (port) => process.stdout.write(`${port}\n`)

// The least work of a listener: take the body, check the HMAC, parse, answer.
const bare = () => {
  const server = createServer((request, response) => {
    const chunks = []
    request.on("data", (chunk) => chunks.push(chunk))
    request.on("end", () => {
      const body = Buffer.concat(chunks)
      const expected = createHmac("sha256", secret).update(body).digest()
      const given = Buffer.from(String(request.headers["x-freshworks-signature"]), "hex")
      const valid = given.length === expected.length && timingSafeEqual(given, expected)
      if (valid) JSON.parse(body.toString("utf8"))
      response.writeHead(valid ? 200 : 401, { "content-length": 3 })
      response.end("ok\n")
    })
  })
  server.listen(0, "127.0.0.1", () => ready(server.address().port))
}

// The same in a framework.
const fastify = async () => {
  const { default: Fastify } = await import("fastify")
  const app = Fastify()
  app.addContentTypeParser("application/json", { parseAs: "buffer" }, (_, body, done) => done(null, body))
  app.post("/hooks/fd", (request, reply) => {
    const expected = createHmac("sha256", secret).update(request.body).digest()
    const given = Buffer.from(String(request.headers["x-freshworks-signature"]), "hex")
    const valid = given.length === expected.length && timingSafeEqual(given, expected)
    if (valid) JSON.parse(request.body.toString("utf8"))
    reply.code(valid ? 200 : 401).send("ok\n")
  })
  await app.listen({ port: 0, host: "127.0.0.1" })
  ready(app.server.address().port)
}

// Takes events, and says nothing of them.
const target = () => {
  const server = createServer((request, response) => {
    request.resume()
    request.on("end", () => response.end())
  })
  server.listen(0, "127.0.0.1", () => ready(server.address().port))
}

// Every post stored with synchronous=FULL before its answer.
const receiver = async () => {
  const { createReceiver } = await import("../dist/receiver.js")
  const work = mkdtempSync(join(folder ?? ".", "hookshift-bench-"))
  process.on("SIGTERM", () => {
    rmSync(work, { recursive: true, force: true })
    process.exit(0)
  })
  const running = await createReceiver({
    db: join(work, "inbox.db"),
    listen: { port: 0 },
    sources: { fd: { profile: "freshworks", secrets: [secret] } }
  })
  ready(running.port)
}

// A list of 100 tickets in the provider's order, one of which changes with every tenth answer.
const items = () => {
  const fields = {
    createdAt: "2026-03-01T10:00:00Z",
    updatedAt: "2026-03-02T10:00:00Z",
    dueBy: "2026-03-05T10:00:00Z",
    frDueBy: "2026-03-03T10:00:00Z",
    longer: Number(process.env.BENCH_ITEM_TEXT ?? 0)
  }
  const tickets = Array.from({ length: 100 }, (_, n) => ticket(100 - n, fields))
  let count = 0
  let body = JSON.stringify(tickets)
  const server = createServer((_, response) => {
    if (++count % 10 === 0) {
      const ticket = tickets[count % 100]
      ticket.status = 2 + (count % 4)
      ticket.updated_at = `${new Date(Date.UTC(2026, 2, 2) + count * 1000).toISOString().slice(0, 19)}Z`
      body = JSON.stringify(tickets)
    }
    response.writeHead(200, {
      "content-type": "application/json",
      "content-length": Buffer.byteLength(body),
      "x-ratelimit-total": "700",
      "x-ratelimit-remaining": "600"
    })
    response.end(body)
  })
  server.listen(0, "127.0.0.1", () => ready(server.address().port))
}

// The proxy as the command runs it.
const proxy = async () => {
  const { spawn } = await import("node:child_process")
  const cli = new URL("../dist/cli.js", import.meta.url).pathname
  const upstream = `http://127.0.0.1:${upstreamPort}`
  const child = spawn(process.execPath, [cli, "proxy", "--listen", "127.0.0.1:0", "--upstream", upstream, "--json"], {
    stdio: ["ignore", "pipe", "inherit"]
  })
  process.on("SIGTERM", () => child.kill("SIGTERM"))
  child.on("exit", () => process.exit(0))
  child.stdout.once("data", (text) => ready(JSON.parse(text).port))
}

// Its peer: streams through and records nothing.
const httpProxy3 = async () => {
  const { Agent } = await import("node:http")
  const { default: httpProxy } = await import("http-proxy-3")
  const passing = httpProxy.createProxyServer({
    target: `http://127.0.0.1:${upstreamPort}`,
    agent: new Agent({ keepAlive: true, scheduling: "lifo", maxFreeSockets: 256 }),
    changeOrigin: true,
    xfwd: true
  })
  const server = createServer((request, response) => passing.web(request, response))
  server.listen(0, "127.0.0.1", () => ready(server.address().port))
}

if (which === "proxy") await proxy()
if (which === "http-proxy-3") await httpProxy3()
if (which === "bare") bare()
if (which === "fastify") await fastify()
if (which === "target") target()
if (which === "receiver") await receiver()
if (which === "items") items()
