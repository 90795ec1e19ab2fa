import { execFile, spawnSync } from "node:child_process"
import { createHash, randomBytes } from "node:crypto"
import { readFileSync } from "node:fs"
import http from "node:http"
import https from "node:https"
import { connect } from "node:net"
import { join } from "node:path"
import { promisify } from "node:util"
import { describe, expect, it, onTestFinished } from "vitest"
import { openProxy, type ProxySettings, type RunningProxy } from "../../src/capture/index.js"
import { openDatabase } from "../../src/store/index.js"
import { startAwkwardServer } from "../support/awkwardServer.js"
import { runCli, startCli } from "../support/cli.js"
import { root, temporaryFolder } from "../support/files.js"
import { simulatedProvider } from "../support/provider.js"

const startProxy = async (
  upstream: string,
  settings: Partial<ProxySettings> = {}
): Promise<{ proxy: RunningProxy; file: string }> => {
  const file = join(temporaryFolder(), "proxy.db")
  const proxy = await openProxy({
    host: "127.0.0.1",
    port: 0,
    upstreams: [{ host: null, path: null, url: new URL(upstream) }],
    tls: null,
    timeoutMs: 1_000,
    recorder: { db: file, hosts: [] },
    ...settings
  })
  onTestFinished(() => proxy.close(100))
  return { proxy, file }
}

const server = async (listener: http.RequestListener): Promise<{ server: http.Server; url: string }> => {
  const running = http.createServer(listener)
  await new Promise<void>((resolve) => running.listen(0, "127.0.0.1", resolve))
  onTestFinished(() => {
    running.closeAllConnections()
    running.close()
  })
  return { server: running, url: `http://127.0.0.1:${(running.address() as { port: number }).port}` }
}

interface Got {
  readonly status: number | undefined
  readonly headers: http.IncomingHttpHeaders
  readonly rawHeaders: ReadonlyArray<string>
  readonly sha: string
  readonly body: string
  readonly trailers: NodeJS.Dict<string>
  readonly hints: ReadonlyArray<unknown>
}

const get = (url: string, options: http.RequestOptions = {}, body?: Buffer): Promise<Got> =>
  new Promise((resolve, reject) => {
    const hints: Array<unknown> = []
    const request = http.request(url, options, (response) => {
      const chunks: Array<Buffer> = []
      response.on("data", (chunk: Buffer) => chunks.push(chunk))
      response.on("error", reject)
      response.on("end", () => {
        const whole = Buffer.concat(chunks)
        resolve({
          status: response.statusCode,
          headers: response.headers,
          rawHeaders: response.rawHeaders,
          sha: createHash("sha256").update(whole).digest("hex"),
          body: whole.subarray(0, 2_000).toString(),
          trailers: response.trailers,
          hints
        })
      })
    })
    request.on("information", (info) => hints.push([info.statusCode, info.headers]))
    request.on("error", reject)
    request.end(body)
  })

const recorded = (file: string): Array<Record<string, unknown>> => {
  const database = openDatabase(file)
  try {
    return database
      .prepare(
        "SELECT method, template, integration, status, error, items, request_bytes AS sent, response_bytes AS received FROM call JOIN stream ON stream.id = stream ORDER BY call.id"
      )
      .all() as Array<Record<string, unknown>>
  } finally {
    database.close()
  }
}

describe("the recording proxy", () => {
  it("passes awkward answers on as they are, and says 502 or 504 where there is none", async () => {
    const awkward = await startAwkwardServer()
    const upstream = `http://127.0.0.1:${awkward.port}`
    const { proxy } = await startProxy(upstream)
    for (const path of [
      "/plain",
      "/drip",
      "/no-length",
      "/chunked",
      "/no-content",
      "/not-modified",
      "/hints",
      "/trailers",
      "/gzip",
      "/brotli",
      "/large",
      "/too-many",
      "/error",
      "/two-cookies"
    ]) {
      const direct = await get(`${upstream}${path}`)
      const passed = await get(`${proxy.url}${path}`)
      const { connection: _, date: __, "keep-alive": ___, "transfer-encoding": ____, ...headers } = passed.headers
      const { connection: _c, "transfer-encoding": _t, ...expected } = direct.headers
      expect([path, passed.status, passed.sha, headers, passed.trailers, passed.hints]).toEqual([
        path,
        direct.status,
        direct.sha,
        expected,
        direct.trailers,
        direct.hints
      ])
    }
    for (const path of ["/early-close", "/reset"])
      await expect(get(`${proxy.url}${path}`), path).rejects.toMatchObject({ code: "ECONNRESET" })
    const refused = await get(`${proxy.url}/reset-before`)
    expect([refused.status, JSON.parse(refused.body).error]).toEqual([502, "bad_gateway"])
    const late = await get(`${proxy.url}/never`)
    expect([late.status, JSON.parse(late.body)]).toEqual([
      504,
      { error: "gateway_timeout", message: `hookshift proxy: 127.0.0.1:${awkward.port} did not answer in time` }
    ])
    const nowhere = await startProxy("http://127.0.0.1:1")
    expect(await get(nowhere.proxy.url)).toMatchObject({ status: 502 })
    await nowhere.proxy.close()
    expect(recorded(nowhere.file)).toMatchObject([{ status: null, error: "ECONNREFUSED" }])
  })

  it("sets Host and forwarding headers, and drops what is for one connection only", async () => {
    const seen: Array<http.IncomingMessage> = []
    const { url } = await server((request, response) => {
      seen.push(request)
      response.setHeader("Connection", "keep-alive, X-Private")
      response.setHeader("X-Private", "1")
      response.setHeader("Link", `<${url}/api/v2/tickets?page=2>; rel="next"`)
      response.setHeader("Location", `${url}/moved`)
      response.end("ok")
    })
    const { proxy } = await startProxy(url)
    const answer = await get(`${proxy.url}/api/v2/tickets?page=1`, {
      headers: { "X-Forwarded-For": "10.0.0.1", Connection: "close, X-Hop", "X-Hop": "1", "X-Own": "2", TE: "trailers" }
    })
    const { headers, url: path } = seen[0]!
    expect(path).toBe("/api/v2/tickets?page=1")
    expect(headers).toMatchObject({
      host: new URL(url).host,
      "x-forwarded-for": "10.0.0.1, 127.0.0.1",
      "x-forwarded-host": new URL(proxy.url).host,
      "x-forwarded-proto": "http",
      "x-own": "2",
      te: "trailers"
    })
    expect(headers["x-hop"]).toBeUndefined()
    expect(answer.headers["x-private"]).toBeUndefined()
    // What the upstream says of itself leads back to the proxy, or the next page would go past it.
    expect(answer.headers.link).toBe(`<${proxy.url}/api/v2/tickets?page=2>; rel="next"`)
    expect(answer.headers.location).toBe(`${proxy.url}/moved`)
  })

  it("streams large uploads and Range answers, waits for 100 Continue, and upgrades", async () => {
    const whole = randomBytes(6_000_000)
    const { server: upstream, url } = await server((request, response) => {
      if (request.method === "PUT") {
        const hash = createHash("sha256")
        request.on("data", (chunk) => hash.update(chunk))
        request.on("end", () => response.end(hash.digest("hex")))
        return
      }
      const range = /bytes=(\d+)-(\d+)/.exec(String(request.headers.range))
      if (range === null) return void response.end(whole)
      const part = whole.subarray(Number(range[1]), Number(range[2]) + 1)
      response.writeHead(206, { "content-range": `bytes ${range[1]}-${range[2]}/${whole.length}` })
      response.end(part)
    })
    upstream.on("checkContinue", (request, response) => {
      if (request.headers["x-refuse"] !== undefined) return void response.writeHead(417).end()
      response.writeContinue()
      upstream.emit("request", request, response)
    })
    upstream.on("upgrade", (_request, socket) => {
      socket.write("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
      socket.pipe(socket)
    })
    const { file, proxy } = await startProxy(url)
    const sha = createHash("sha256").update(whole).digest("hex")
    expect((await get(`${proxy.url}/file`, { method: "PUT" }, whole)).body).toBe(sha)
    const ranged = await get(`${proxy.url}/file`, { headers: { range: "bytes=10-19" } })
    expect([ranged.status, ranged.sha]).toEqual([
      206,
      createHash("sha256").update(whole.subarray(10, 20)).digest("hex")
    ])

    const expecting = (headers: Record<string, string>) =>
      new Promise<unknown>((resolve) => {
        const events: Array<string> = []
        const request = http.request(
          `${proxy.url}/file`,
          { method: "PUT", headers: { expect: "100-continue", "content-length": "3", ...headers } },
          (response) => {
            response.resume()
            response.on("end", () => resolve([...events, response.statusCode]))
          }
        )
        request.on("continue", () => {
          events.push("continue")
          request.end("abc")
        })
        request.on("error", () => undefined)
        request.flushHeaders()
      })
    expect(await expecting({})).toEqual(["continue", 200])
    expect(await expecting({ "x-refuse": "1" })).toEqual([417])

    const echoed = await new Promise<string>((resolve) => {
      const socket = connect(proxy.port, "127.0.0.1")
      socket.write("GET /socket HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
      let text = ""
      socket.on("data", (chunk) => {
        text += chunk
        if (text.includes("\r\n\r\n") && !text.includes("hello")) socket.write("hello")
        if (text.endsWith("hello")) {
          socket.destroy()
          resolve(text)
        }
      })
    })
    expect(echoed).toContain("101 Switching Protocols")
    await proxy.close()
    expect(recorded(file).map(({ method, sent, status }) => [method, status, sent])).toEqual([
      ["PUT", 200, 6_000_000],
      ["GET", 206, 0],
      ["PUT", 200, 3],
      ["PUT", 417, 3],
      ["GET", 101, 0]
    ])
  })

  it("holds an upstream back that sends faster than the client reads", async () => {
    let sent = 0
    const chunk = Buffer.alloc(64 * 1024)
    const { url } = await server((_request, response) => {
      const more = () => {
        while (sent < 400 * 1024 * 1024) {
          sent += chunk.length
          if (!response.write(chunk)) return void response.once("drain", more)
        }
        response.end()
      }
      more()
    })
    const { proxy } = await startProxy(url)
    const socket = connect(proxy.port, "127.0.0.1")
    socket.write("GET /endless HTTP/1.1\r\nHost: x\r\n\r\n")
    await new Promise((resolve) => socket.once("data", resolve))
    socket.pause()
    // Until no more gets through: what is in between are the buffers of sockets and streams.
    for (let before = -1; before !== sent; ) {
      before = sent
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
    expect(sent).toBeLessThan(100 * 1024 * 1024)
    socket.destroy()
  })

  it("chooses among upstreams by host and path", async () => {
    const [desk, chat] = [
      await server((request, response) => response.end(`desk ${request.url}`)),
      await server((request, response) => response.end(`chat ${request.url}`))
    ]
    const { proxy } = await startProxy(desk.url, {
      upstreams: [
        { host: null, path: "/freshdesk", url: new URL(`${desk.url}/base/`) },
        { host: "chat.local", path: null, url: new URL(chat.url) }
      ]
    })
    expect((await get(`${proxy.url}/freshdesk/api/v2/tickets?page=1`)).body).toBe("desk /base/api/v2/tickets?page=1")
    expect((await get(`${proxy.url}/freshdesk`)).body).toBe("desk /base/")
    expect((await get(`${proxy.url}/v2/users`, { headers: { host: "chat.local:8788" } })).body).toBe("chat /v2/users")
    expect(await get(`${proxy.url}/freshdeskish`)).toMatchObject({ status: 404 })
  })

  it("speaks TLS on both sides, and keeps to loopback unless told otherwise", async (context) => {
    const folder = temporaryFolder()
    const [certificate, key] = [join(folder, "cert.pem"), join(folder, "key.pem")]
    const made = spawnSync("openssl", [
      ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"],
      ...[
        "-subj",
        "/CN=localhost",
        "-addext",
        "subjectAltName=DNS:localhost,IP:127.0.0.1",
        "-keyout",
        key,
        "-out",
        certificate
      ]
    ])
    if (made.status !== 0) return context.skip("openssl is not here to make a certificate")
    const secure = https.createServer(
      { cert: readFileSync(certificate), key: readFileSync(key) },
      (request, response) =>
        response.end(`${request.url} for ${request.headers.host} by ${request.headers["x-forwarded-proto"]}`)
    )
    await new Promise<void>((resolve) => secure.listen(0, "127.0.0.1", resolve))
    onTestFinished(() => {
      secure.closeAllConnections()
      secure.close()
    })
    const { port } = secure.address() as { port: number }
    const args = [
      "--listen",
      "0",
      "--upstream",
      `https://localhost:${port}`,
      "--tls-cert",
      certificate,
      "--tls-key",
      key
    ]
    const { ready } = await startCli(["proxy", ...args], { cwd: folder, env: { NODE_EXTRA_CA_CERTS: certificate } })
    expect(ready.url).toMatch(/^https:\/\/127\.0\.0\.1:/)
    const body = await new Promise<string>((resolve, reject) => {
      https
        .get(`${ready.url}/api/v2/tickets`, { ca: readFileSync(certificate) }, (response) => {
          let text = ""
          response.on("data", (chunk) => {
            text += chunk
          })
          response.on("end", () => resolve(text))
        })
        .on("error", reject)
    })
    expect(body).toBe(`/api/v2/tickets for localhost:${port} by https`)
    const untrusted = await startProxy(`https://localhost:${port}`)
    expect(await get(untrusted.proxy.url)).toMatchObject({
      status: 502,
      body: expect.stringContaining("DEPTH_ZERO_SELF_SIGNED_CERT")
    })
  })

  it("says what is wrong with how it was started", async () => {
    const folder = temporaryFolder()
    const says = async (...args: Array<string>) => {
      const { code, stderr } = await runCli(["proxy", ...args], { cwd: folder })
      return [code, stderr.trim()]
    }
    expect(await says()).toEqual([
      2,
      "hookshift: the proxy needs to know where requests go: add --upstream https://acme.freshdesk.com, or proxy.upstreams to the configuration"
    ])
    expect(await says("--upstream", "acme.freshdesk.com")).toEqual([
      2,
      'hookshift: --upstream takes a URL, such as https://acme.freshdesk.com or /freshdesk=https://acme.freshdesk.com, not "acme.freshdesk.com"'
    ])
    const [code, sentence] = await says("--upstream", "https://user:canary@acme.freshdesk.com")
    expect([code, String(sentence).includes("canary")]).toEqual([2, false])
    const { url } = await server((_, response) => response.end())
    expect(await says("--listen", new URL(url).host, "--upstream", url)).toEqual([
      3,
      `hookshift: cannot listen on ${new URL(url).host} (EADDRINUSE): choose another address with --listen`
    ])
  })

  it("records a Python program as the simulator counted it, and the program gets what it would get directly", async () => {
    const simulator = await simulatedProvider({ entities: 200 })
    const folder = temporaryFolder()
    const { child, ready } = await startCli(["proxy", "--listen", "127.0.0.1:0", "--upstream", simulator.url], {
      cwd: folder,
      env: { HOOKSHIFT_HOSTS: `${new URL(simulator.url).host}=freshdesk@acme.freshdesk.com` }
    })
    const poll = async (url: string) =>
      JSON.parse((await promisify(execFile)("python3", [join(root, "test/support/programs/poll.py"), url])).stdout)
    const direct = await poll(simulator.url)
    const before = simulator.calls().reduce((sum, line) => sum + line.count, 0)
    expect(await poll(ready.url)).toEqual(direct)
    expect(direct).toMatchObject({ created: 201 })
    const counted = simulator.calls().reduce((sum, line) => sum + line.count, 0) - before
    const ended = new Promise((resolve) => child.once("close", resolve))
    child.kill("SIGTERM")
    await ended
    const calls = recorded(join(folder, "hookshift.db"))
    expect(calls.length).toBe(counted)
    expect(new Set(calls.map(({ integration }) => integration))).toEqual(new Set(["py-sync"]))
    expect(calls.every(({ items, method }) => method === "POST" || Number(items) > 0)).toBe(true)
  })
})
