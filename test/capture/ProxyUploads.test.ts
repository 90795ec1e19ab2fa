/**
 * Bodies on their way up through the recording proxy: refusals half-way, interim answers, trailers, and clients of
 * all kinds.
 */
import { execFile } from "node:child_process"
import { createHash } from "node:crypto"
import http from "node:http"
import { connect, createServer } from "node:net"
import { join } from "node:path"
import { promisify } from "node:util"
import { describe, expect, it, onTestFinished } from "vitest"
import { openProxy, type ProxySettings, type RunningProxy } from "../../src/capture/index.js"
import { routeTo } from "../../src/capture/proxy/Upstreams.js"
import { openDatabase } from "../../src/store/index.js"
import { root, temporaryFolder } from "../support/files.js"
import { listeningAt } from "../support/listening.js"

const startProxy = async (
  upstream: string,
  settings: Partial<ProxySettings> = {}
): Promise<{ proxy: RunningProxy; calls: () => ReadonlyArray<Record<string, unknown>> }> => {
  const file = join(temporaryFolder(), "u.db")
  const proxy = await openProxy({
    host: "127.0.0.1",
    port: 0,
    upstreams: [{ host: null, path: null, url: new URL(upstream) }],
    tls: null,
    timeoutMs: 20_000,
    recorder: { db: file, hosts: [] },
    ...settings
  })
  onTestFinished(() => proxy.close(100))
  const calls = () => {
    const database = openDatabase(file)
    const rows = database
      .prepare(
        "SELECT method, template, integration, status, error FROM call JOIN stream ON stream.id = stream ORDER BY call.id"
      )
      .all()
    database.close()
    return rows as ReadonlyArray<Record<string, unknown>>
  }
  return { proxy, calls }
}

/** Answers as soon as the head is there, then hangs up with the body unread, which resets the connection. */
const refusing = (answer: string): Promise<string> =>
  listeningAt(
    createServer((socket) => {
      socket.on("error", () => undefined)
      let text = ""
      socket.on("data", function read(chunk) {
        text += chunk.toString("latin1")
        if (!text.includes("\r\n\r\n")) return
        socket.off("data", read)
        socket.pause()
        socket.write(answer, () => setImmediate(() => socket.destroy()))
      })
    })
  )

const tooLarge =
  'HTTP/1.1 413 Payload Too Large\r\nContent-Type: application/json\r\nContent-Length: 15\r\nConnection: close\r\n\r\n{"max":1048576}'

const put = (url: string, body: Buffer, options: http.RequestOptions = {}): Promise<readonly [number, string]> =>
  new Promise((resolve, reject) => {
    const request = http.request(url, { method: "PUT", ...options }, (response) => {
      let text = ""
      response.setEncoding("utf8").on("data", (chunk: string) => {
        text += chunk
      })
      response.on("end", () => resolve([response.statusCode!, text]))
      response.on("error", reject)
    })
    request.on("error", reject)
    request.end(body)
  })

/** Sends everything before it reads anything, as many a simple client does. */
const sendThenRead = (port: number, head: string, body: Buffer): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect({ port, host: "127.0.0.1" })
    socket.pause()
    socket.on("error", reject)
    socket.write(head)
    socket.write(body, () => {
      let text = ""
      socket.on("data", (chunk) => {
        text += chunk.toString("latin1")
      })
      socket.on("close", () => resolve(text))
      socket.resume()
    })
  })

const large = Buffer.alloc(12_000_000, 0x61)
const digest = (body: Buffer): string => createHash("sha256").update(body).digest("hex")

describe("an upstream that refuses a body before it has all of it", () => {
  it("is heard, by clients of every kind, time and again", async () => {
    const { calls, proxy } = await startProxy(await refusing(tooLarge))
    const expected = [413, '{"max":1048576}']
    const agent = new http.Agent({ keepAlive: true })
    onTestFinished(() => agent.destroy())
    const close = (framing: string) =>
      `PUT /file HTTP/1.1\r\nHost: h\r\nUser-Agent: raw/1\r\nConnection: close\r\n${framing}\r\n\r\n`
    const chunk = Buffer.concat([Buffer.from(`${large.length.toString(16)}\r\n`), large, Buffer.from("\r\n0\r\n\r\n")])
    let count = 0
    for (let round = 0; round < 8; round++) {
      expect(await put(`${proxy.url}/file`, large, { headers: { "content-length": large.length } })).toEqual(expected)
      expect(await put(`${proxy.url}/file`, large, { headers: { "transfer-encoding": "chunked" }, agent })).toEqual(
        expected
      )
      const fetched = await fetch(`${proxy.url}/file`, { method: "PUT", body: large })
      expect([fetched.status, await fetched.text()]).toEqual(expected)
      for (const raw of [
        await sendThenRead(proxy.port, close(`Content-Length: ${large.length}`), large),
        await sendThenRead(proxy.port, close("Transfer-Encoding: chunked"), chunk)
      ])
        expect([Number(raw.slice(9, 12)), raw.slice(raw.indexOf("\r\n\r\n") + 4)]).toEqual(expected)
      count += 5
    }
    await proxy.close()
    expect(calls()).toHaveLength(count)
    expect(new Set(calls().map(({ error, status }) => `${status} ${error}`))).toEqual(new Set(["413 null"]))
  })
  it("is heard without a stated length as well", async () => {
    const { proxy } = await startProxy(
      await refusing("HTTP/1.1 401 Unauthorized\r\nConnection: close\r\n\r\nwho are you?")
    )
    expect(await put(`${proxy.url}/file`, large)).toEqual([401, "who are you?"])
  })
  it("is heard by a client that asked first and did not wait for the answer", async () => {
    const { proxy } = await startProxy(
      await refusing("HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno")
    )
    const head = `PUT /file HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: ${large.length}\r\n\r\n`
    const answer = await sendThenRead(proxy.port, head, large)
    expect([answer.slice(9, 12), answer.slice(-2), answer.includes("100 Continue")]).toEqual(["401", "no", false])
  })
  it("and says nothing is a 502, which arrives too", async () => {
    const { calls, proxy } = await startProxy(await refusing(""))
    const [status, body] = await put(`${proxy.url}/file`, large)
    expect([status, JSON.parse(body).error]).toEqual([502, "bad_gateway"])
    await proxy.close()
    expect(calls()).toMatchObject([{ status: null }])
  })
})

describe("an upstream that answers early and reads on", () => {
  it("gets the whole body, and the client its answer", async () => {
    let got = ""
    const upstream = http.createServer((request, response) => {
      response.writeHead(202).end("taken")
      const hash = createHash("sha256")
      request.on("data", (chunk) => hash.update(chunk))
      request.on("end", () => {
        got = hash.digest("hex")
      })
    })
    const { proxy } = await startProxy(await listeningAt(upstream))
    expect(await put(`${proxy.url}/file`, large)).toEqual([202, "taken"])
    await expect.poll(() => got, { timeout: 30_000 }).toBe(digest(large))
  })
  it("and resets once all is said has answered", async () => {
    const upstream = http.createServer((request, response) => {
      request.resume()
      request.on("end", () => {
        response.on("finish", () => setImmediate(() => request.socket.resetAndDestroy()))
        response.writeHead(200, { "content-length": 3 }).end("all")
      })
    })
    const { calls, proxy } = await startProxy(await listeningAt(upstream))
    for (let n = 0; n < 10; n++) expect(await put(`${proxy.url}/file`, Buffer.from("x"))).toEqual([200, "all"])
    await proxy.close()
    expect(calls().every(({ error, status }) => status === 200 && error === null)).toBe(true)
  })
})

describe("a client", () => {
  it("that goes away half-way takes its upload with it, and is recorded so", async () => {
    let ended: string | null = null
    const upstream = http.createServer((request) => {
      request.on("data", () => undefined)
      request.on("end", () => (ended = "whole"))
      request.on("error", () => (ended ??= "broken off"))
    })
    const { calls, proxy } = await startProxy(await listeningAt(upstream))
    const socket = connect(proxy.port, "127.0.0.1")
    const begun = new Promise((resolve) => upstream.once("request", (request) => request.once("data", resolve)))
    socket.write(`PUT /file HTTP/1.1\r\nHost: h\r\nContent-Length: 5000000\r\n\r\n${"x".repeat(100_000)}`)
    await begun
    socket.destroy()
    await expect.poll(() => ended, { timeout: 30_000 }).toBe("broken off")
    await proxy.close()
    expect(calls()).toMatchObject([{ status: null, error: "Aborted" }])
  })
  it("that takes longer to send than an upstream may take to answer is waited for", async () => {
    const upstream = http.createServer((request, response) => {
      if (request.url === "/never") return
      let size = 0
      request.on("data", (chunk: Buffer) => {
        size += chunk.length
      })
      request.on("end", () => response.end(String(size)))
    })
    const { proxy } = await startProxy(await listeningAt(upstream), { timeoutMs: 200 })
    const slow = new Promise<string>((resolve, reject) => {
      const request = http.request(`${proxy.url}/slow`, { method: "POST" }, (response) => {
        response.on("data", (chunk) => resolve(String(chunk)))
      })
      request.on("error", reject)
      request.write("half")
      // Two that are given up meanwhile show that the time has passed.
      void fetch(`${proxy.url}/never`)
        .then(() => fetch(`${proxy.url}/never`))
        .then(({ status }) => request.end(String(status)))
    })
    expect(await slow).toBe("7")
  })
  it("sends trailers, and is told of interim answers", async () => {
    const upstream = http.createServer((request, response) => {
      response.writeProcessing()
      response.writeEarlyHints({ link: "</a>; rel=preload" })
      request.resume()
      request.on("end", () => response.end(JSON.stringify(request.rawTrailers)))
    })
    const { proxy } = await startProxy(await listeningAt(upstream))
    const interim: Array<number> = []
    const body = await new Promise<string>((resolve, reject) => {
      const request = http.request(
        proxy.url,
        { method: "POST", headers: { trailer: "X-Checksum", "transfer-encoding": "chunked" } },
        (response) => response.on("data", (chunk) => resolve(String(chunk)))
      )
      request.on("information", ({ statusCode }) => interim.push(statusCode))
      request.on("error", reject)
      request.write("abc")
      request.addTrailers([["X-Checksum", "900150"]])
      request.end()
    })
    expect(JSON.parse(body)).toEqual(["X-Checksum", "900150"])
    expect(interim).toEqual([102, 103])
    // No interim answers for HTTP/1.0.
    const old = await sendThenRead(proxy.port, "GET / HTTP/1.0\r\nHost: h\r\n\r\n", Buffer.alloc(0))
    expect(old).toMatch(/^HTTP\/1\.1 200 OK/)
  })
  it("of Java offers HTTP/2 with a body: it is answered in HTTP/1.1, on a connection that goes on", async () => {
    const upstream = http.createServer((request, response) => {
      let text = ""
      request.on("data", (chunk) => {
        text += chunk
      })
      request.on("end", () => response.end(`${request.method} ${text} ${request.headers.upgrade ?? "plain"};`))
    })
    const { calls, proxy } = await startProxy(await listeningAt(upstream))
    const post = (n: number) =>
      `POST /api/v2/tickets HTTP/1.1\r\nConnection: Upgrade, HTTP2-Settings\r\nContent-Length: 6\r\nHost: h\r\nHTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA\r\nUpgrade: h2c\r\nUser-Agent: Java-http-client/21\r\n\r\nbody-${n}`
    const socket = connect(proxy.port, "127.0.0.1")
    onTestFinished(() => void socket.destroy())
    let text = ""
    socket.on("data", (chunk) => {
      text += chunk
    })
    socket.write(post(1))
    await expect.poll(() => text, { timeout: 20_000 }).toContain("POST body-1 plain;")
    socket.write(post(2).slice(0, 60))
    socket.write(post(2).slice(60))
    await expect.poll(() => text, { timeout: 20_000 }).toContain("POST body-2 plain;")
    await proxy.close()
    expect(calls().map(({ integration, status }) => [integration, status])).toEqual([
      ["Java-http-client", 200],
      ["Java-http-client", 200]
    ])
  })
  it("of Python uploads in chunks or whole, and reads its refusals, as it would directly", async () => {
    const upstream = http.createServer((request, response) => {
      if (request.url === "/refuse") return void response.writeHead(413, { connection: "close" }).end("too much")
      const hash = createHash("sha256")
      request.on("data", (chunk) => hash.update(chunk))
      request.on("end", () => response.end(JSON.stringify(hash.digest("hex"))))
    })
    const { calls, proxy } = await startProxy(await listeningAt(upstream))
    const program = join(root, "test/support/programs/upload.py")
    const { stdout } = await promisify(execFile)("python3", [program, proxy.url])
    const sha = digest(Buffer.from(Uint8Array.from({ length: 1_024_000 }, (_, n) => n % 256)))
    expect(JSON.parse(stdout)).toEqual({
      urllib: [200, sha],
      "urllib chunked": [200, sha],
      client: [200, JSON.stringify(sha), 200],
      "client chunked": [200, JSON.stringify(sha), 200],
      refused: [413, "too much"],
      "refused chunked": [413, "too much"]
    })
    await proxy.close()
    expect(calls().map(({ integration, method, status }) => `${integration} ${method} ${status}`)).toEqual(
      ["PUT 200", "PUT 200", "PUT 200", "GET 200", "PUT 200", "GET 200", "PUT 413", "PUT 413"].map(
        (call) => `py-upload ${call}`
      )
    )
  })
})

describe("request targets", () => {
  const upstream = (host: string | null, path: string | null, url: string) => ({ host, path, url: new URL(url) })
  it("lead to the same upstream in every form, and reach it as they came", () => {
    const route = routeTo([
      upstream(null, "/desk", "https://acme.freshdesk.com"),
      upstream("chat.local", null, "https://acme.freshchat.com/v2")
    ])
    const pathOf = (target: string, host = "127.0.0.1:8788") => {
      const found = route(host, target, 8788)
      return found === null ? null : `${found.upstream.url.host} ${found.path}`
    }
    expect(pathOf("/desk/api/v2/tickets?page=1")).toBe("acme.freshdesk.com /api/v2/tickets?page=1")
    expect(pathOf("//desk//api/v2/tickets/")).toBe("acme.freshdesk.com //api/v2/tickets/")
    expect(pathOf("/desk")).toBe("acme.freshdesk.com /")
    expect(pathOf("/desk?page=1")).toBe("acme.freshdesk.com /?page=1")
    expect(pathOf("/desk/a%2Fb/%C3%A4")).toBe("acme.freshdesk.com /a%2Fb/%C3%A4")
    expect(pathOf("/desktop")).toBeNull()
    expect(pathOf("http://acme.freshdesk.com/api/v2/tickets")).toBe("acme.freshdesk.com /api/v2/tickets")
    expect(pathOf("HTTPS://ACME.freshdesk.com:443/api/v2/tickets#x")).toBe("acme.freshdesk.com /api/v2/tickets")
    expect(pathOf("http://acme.freshchat.com/v2/users")).toBe("acme.freshchat.com /v2/users")
    expect(pathOf("http://chat.local/users")).toBe("acme.freshchat.com /v2/users")
    expect(pathOf("http://127.0.0.1:8788/desk/api")).toBe("acme.freshdesk.com /api")
    expect(pathOf("/users", "chat.local:8788")).toBe("acme.freshchat.com /v2/users")
    // What is meant for another host is not passed on to this one, credentials and all.
    expect(pathOf("http://elsewhere.example/desk/api")).toBeNull()
  })
  it("are recorded as what they mean; a tunnel and a foreign host are told what to do", async () => {
    const seen: Array<string> = []
    const url = await listeningAt(
      http.createServer((request, response) => {
        seen.push(`${request.method} ${request.url}`)
        response.end("[]")
      })
    )
    const { calls, proxy } = await startProxy(url)
    const ask = (line: string) =>
      sendThenRead(
        proxy.port,
        `${line} HTTP/1.1\r\nHost: h\r\nUser-Agent: raw/1\r\nConnection: close\r\n\r\n`,
        Buffer.alloc(0)
      )
    for (const target of [
      `${url}/api/v2/tickets?page=1`,
      "/api/v2/tickets?page=2",
      `${proxy.url}/api/v2/tickets?page=3`,
      "//api//v2/tickets/?page=4"
    ])
      expect(await ask(`GET ${target}`)).toContain(" 200 OK")
    expect(await ask("OPTIONS *")).toContain(" 200 OK")
    expect(await ask("GET http://elsewhere.example/x")).toMatch(/ 404 [\s\S]*elsewhere\.example: it passes on to http/)
    expect(await ask("CONNECT acme.freshdesk.com:443")).toMatch(/ 405 [\s\S]*opens no tunnels: give the program/)
    await proxy.close()
    expect(seen).toEqual([
      "GET /api/v2/tickets?page=1",
      "GET /api/v2/tickets?page=2",
      "GET /api/v2/tickets?page=3",
      // The bytes as they came; the recording tells what they mean.
      "GET //api//v2/tickets/?page=4",
      "OPTIONS *"
    ])
    expect(calls().filter(({ method, template }) => method === "GET" && template === "/api/v2/tickets")).toHaveLength(4)
  })
  it("of a tunnel or an upgrade may be reset by their clients, and the proxy goes on", async () => {
    const { proxy } = await startProxy(
      await listeningAt(http.createServer((_, response) => response.end("here")).on("upgrade", () => undefined))
    )
    for (const head of [
      "CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:443\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
    ])
      for (let n = 0; n < 10; n++)
        await new Promise<void>((resolve) => {
          const socket = connect(proxy.port, "127.0.0.1", () =>
            socket.write(head, () => setImmediate(() => socket.resetAndDestroy()))
          )
          socket.on("close", () => resolve())
          socket.on("error", () => undefined)
        })
    expect((await fetch(proxy.url)).status).toBe(200)
  })
})
