/** The mirror's handlers on the wire, before an upstream of the test's own: answers, streams, aborts, bodies read before. */
import { once } from "node:events"
import http, { createServer, type IncomingMessage } from "node:http"
import { join } from "node:path"
import { gzipSync } from "node:zlib"
import express from "express"
import Fastify from "fastify"
import { describe, expect, it, onTestFinished } from "vitest"
import { openProxy } from "../../src/capture/index.js"
import { expressHandler, fastifyPlugin } from "../../src/mirror.js"
import { temporaryFolder } from "../support/files.js"
import { listeningAt } from "../support/listening.js"
import {
  echo,
  get,
  mirrorOf,
  mountedIn,
  mounts,
  openedMirror,
  settingsBefore,
  valuesOf,
  whole
} from "../support/mounted.js"
import { until } from "../support/until.js"

describe.each(mounts)("behind %s", (server) => {
  it("statuses, repeated headers, bodies and answers without one are the provider's", async () => {
    const { mirror, provider } = await mirrorOf((request, response) => {
      response.setHeader("set-cookie", ["a=1", "b=2"])
      switch (request.url) {
        case "/api/v2/tickets/7":
          return void response.writeHead(304, { etag: '"7"' }).end()
        case "/api/v2/tickets/8":
          return void response.writeHead(204).end()
        case "/moved":
          return void response.writeHead(302, { location: `http://${request.headers.host}/api/v2/tickets?a=1` }).end()
        default:
          response.setHeader("link", [`<http://${request.headers.host}/x?page=2>; rel="next"`, "<y>; rel=last"])
          response.writeHead(418, "Short and stout", { "content-type": "text/plain" })
          return void response.end(request.method === "HEAD" ? "" : "é\0")
      }
    })
    const url = (await mountedIn(mirror))[server]
    const odd = await get(`${url}/api/v2/odd?a=%20b`)
    expect([odd.status, odd.message, odd.body]).toEqual([418, "Short and stout", Buffer.from("é\0")])
    expect(valuesOf(odd, "set-cookie")).toEqual(["a=1", "b=2"])
    expect(valuesOf(odd, "link")).toEqual([`<${url}/x?page=2>; rel="next"`, "<y>; rel=last"])
    expect(valuesOf(odd, "x-cache")).toEqual(["BYPASS"])
    const head = await get(`${url}/api/v2/odd`, { method: "HEAD" })
    expect([head.status, head.body.length, valuesOf(head, "x-hookshift-reason")]).toEqual([418, 0, ["method"]])
    const same = await get(`${url}/api/v2/tickets/7`, { headers: { "if-none-match": '"7"' } })
    expect([same.status, same.body.length, valuesOf(same, "etag")]).toEqual([304, 0, ['"7"']])
    expect((await get(`${url}/api/v2/tickets/8`, { method: "DELETE" })).status).toBe(204)
    expect(valuesOf(await get(`${url}/moved`), "location")).toEqual([`${url}/api/v2/tickets?a=1`])
    expect(provider).not.toBe(url)
  })

  it("uploads and downloads stream, and an upstream gets the request as it was", async () => {
    let release = () => undefined as unknown
    let received = 0
    const seen: Array<http.IncomingHttpHeaders> = []
    const { mirror } = await mirrorOf((request, response) => {
      seen.push(request.headers)
      response.writeHead(200, { "content-type": "application/octet-stream" })
      response.write("first")
      request.on("data", (chunk: Buffer) => {
        received += chunk.length
      })
      request.on("end", () => {
        release = () => response.end("last")
      })
    })
    const url = (await mountedIn(mirror))[server]
    const request = http.request(`${url}/api/v2/upload`, { method: "POST", headers: { "x-own": "1" } })
    const answered = once(request, "response") as Promise<[IncomingMessage]>
    request.write("a".repeat(100_000))
    // The first half has arrived before the second is sent, and so has the start of the answer.
    await until(() => received === 100_000)
    const [answer] = await answered
    const chunks = answer[Symbol.asyncIterator]()
    expect(String((await chunks.next()).value)).toBe("first")
    request.end("b".repeat(100_000))
    await until(() => received === 200_000)
    release()
    expect(String((await chunks.next()).value)).toBe("last")
    expect(seen[0]).toMatchObject({
      "x-own": "1",
      "transfer-encoding": "chunked",
      "x-forwarded-host": new URL(url).host
    })
    expect(seen[0]!.via).toContain("hookshift")
  })

  it("a caller that breaks off ends the call to the provider, before its answer and within it", async () => {
    const ended: Array<string> = []
    const { mirror } = await mirrorOf((request, response) => {
      if (request.url === "/api/v2/slow") response.writeHead(200, { "content-type": "text/plain" }).write("some")
      response.on("close", () => ended.push(request.url!))
    })
    const url = (await mountedIn(mirror))[server]
    const early = http.request(`${url}/api/v2/tickets`).on("error", () => undefined)
    early.end()
    await new Promise((next) => setTimeout(next, 200))
    early.destroy()
    await until(() => ended.includes("/api/v2/tickets"))
    const late = http.get(`${url}/api/v2/slow`)
    const [answer] = (await once(late, "response")) as [IncomingMessage]
    answer.on("error", () => undefined)
    await once(answer, "data")
    late.destroy()
    await until(() => ended.includes("/api/v2/slow"))
  })

  it("a provider that is not there is a 502, as behind the command", async () => {
    const nobody = "http://127.0.0.1:1"
    const mirror = await openedMirror(settingsBefore(nobody))
    const url = (await mountedIn(mirror))[server]
    const proxy = await openProxy({
      host: "127.0.0.1",
      port: 0,
      upstreams: [{ host: null, path: null, url: new URL(nobody) }],
      tls: null,
      timeoutMs: 5_000,
      recorder: { db: join(temporaryFolder(), "h.db") }
    })
    onTestFinished(() => proxy.close())
    const [mine, theirs] = [await get(`${url}/api/v2/tickets`), await get(`${proxy.url}/api/v2/tickets`)]
    const words = theirs.body.toString().replace("hookshift proxy", "hookshift mirror")
    expect([mine.status, mine.body.toString()]).toEqual([502, words])
    expect(mine.body.toString()).toContain("127.0.0.1:1 could not be reached (ECONNREFUSED)")
  })

  it("links have mirror.publicUrl, where it is set", async () => {
    const { mirror } = await mirrorOf(
      (request, response) =>
        void response.writeHead(200, { link: `<http://${request.headers.host}/x?page=2>; rel="next"` }).end(),
      { publicUrl: "https://app.acme.example/desk/" }
    )
    const url = (await mountedIn(mirror))[server]
    expect(valuesOf(await get(`${url}/x`), "link")).toEqual(['<https://app.acme.example/desk/x?page=2>; rel="next"'])
  })
})

const json = { "content-type": "application/json" }
const sent = '{ "subject": "as it was sent" }'

describe("a body that was read before", () => {
  const post = (url: string, headers: http.OutgoingHttpHeaders = json) => get(url, { method: "POST", headers }, sent)
  const tooEarly = "the body was read before it could be passed on"

  it("is refused by Express, and sent again where its bytes were kept", async () => {
    const { mirror } = await mirrorOf(echo)
    const app = express()
    const keep = (request: object, _: unknown, bytes: Buffer) => void Object.assign(request, { rawBody: bytes })
    app.use("/parsed", express.json(), expressHandler(mirror))
    app.use("/kept", express.json({ verify: keep }), expressHandler(mirror))
    app.use("/raw", express.raw({ type: "*/*" }), expressHandler(mirror))
    app.use((error: Error & { status: number }, _: unknown, response: express.Response, __: unknown) => {
      response.status(error.status).send(error.message)
    })
    const url = await listeningAt(createServer(app))
    const refused = await post(`${url}/parsed/api/v2/tickets`)
    expect([refused.status, refused.body.toString()]).toEqual([500, expect.stringContaining(tooEarly)])
    for (const path of ["kept", "raw"]) {
      const answer = await post(`${url}/${path}/api/v2/tickets`)
      const { body, headers } = JSON.parse(answer.body.toString()) as { body: string; headers: Record<string, string> }
      expect([path, body, headers["content-length"]]).toEqual([path, sent, String(sent.length)])
      expect(headers["x-forwarded-for"]).toMatch(/127\.0\.0\.1$/)
    }
    // Without a body nothing was read.
    expect((await get(`${url}/parsed/api/v2/tickets`)).status).toBe(200)
    // express.raw() has unpacked it, and its header says otherwise.
    const packed = await fetch(`${url}/raw/api/v2/tickets`, {
      method: "POST",
      body: gzipSync(sent),
      headers: { ...json, "content-encoding": "gzip" }
    })
    expect([packed.status, await packed.text()]).toEqual([500, expect.stringContaining(tooEarly)])
  })

  it("is refused by plain node:http and by Fastify, and sent again as rawBody", async () => {
    const { mirror } = await mirrorOf(echo)
    const plain = await listeningAt(
      createServer(async (request, response) => {
        await whole(request)
        expressHandler(mirror)(request, response)
      })
    )
    const fastify = Fastify()
    fastify.addHook("preHandler", async (request) => {
      const bytes = await whole(request.raw)
      if (request.headers["x-keep"] === "1") Object.assign(request, { rawBody: bytes.toString() })
    })
    await fastify.register(fastifyPlugin(mirror))
    onTestFinished(() => fastify.close())
    const behind = await fastify.listen({ port: 0, host: "127.0.0.1" })
    for (const url of [plain, behind]) {
      const answer = await post(`${url}/api/v2/tickets`)
      expect([answer.status, JSON.parse(answer.body.toString())]).toEqual([
        500,
        { error: "body_consumed", message: expect.stringContaining(tooEarly) }
      ])
    }
    const kept = await post(`${behind}/api/v2/tickets`, { ...json, "x-keep": "1" })
    expect(JSON.parse(kept.body.toString())).toMatchObject({ body: sent })
  })
})

it("an answer in flight is not shared with another mount, whose links differ", async () => {
  const waiting: Array<() => void> = []
  const { mirror } = await mirrorOf((request, response) => {
    const link = `<http://${request.headers.host}/api/v2/tickets?page=2>; rel="next"`
    waiting.push(() => response.writeHead(200, { ...json, link }).end("[]"))
  })
  const { Express, Fastify: other } = await mountedIn(mirror)
  const urls = [Express, other, Express, other]
  const asked = urls.map((url) => get(`${url}/api/v2/tickets`, { headers: { authorization: "Basic azpY" } }))
  await until(() => waiting.length === 2)
  for (const go of waiting) go()
  const links = (await Promise.all(asked)).map((answer) => valuesOf(answer, "link"))
  expect(links).toEqual(urls.map((url) => [`<${url}/api/v2/tickets?page=2>; rel="next"`]))
  expect(waiting).toHaveLength(2)
})

it("keeps its headers behind a middleware that wraps writeHead as compression does", async () => {
  const { mirror } = await mirrorOf((_, response) => {
    response.setHeader("set-cookie", ["a=1", "b=2"])
    response.writeHead(200, "Fine", { "content-type": "text/plain" }).end("some")
  })
  const mounted = expressHandler(mirror)
  const url = await listeningAt(
    createServer((request, response) => {
      const { writeHead } = response
      // on-headers 1.0.2, which takes pairs only.
      response.writeHead = ((status: number, ...rest: ReadonlyArray<string | ReadonlyArray<string>>) => {
        const pairs = (rest.at(-1) ?? []) as ReadonlyArray<string>
        if (Array.isArray(pairs)) for (const pair of pairs) response.setHeader(pair[0]!, pair[1]!)
        response.setHeader("x-wrapped", "1")
        const reason = typeof rest[0] === "string" ? rest[0] : undefined
        return writeHead.call(response, status, reason as never)
      }) as never
      response.setHeader("X-Cache", "the server's")
      mounted(request, response)
    })
  )
  const answer = await get(`${url}/api/v2/odd`)
  expect([answer.message, valuesOf(answer, "set-cookie"), valuesOf(answer, "x-wrapped")]).toEqual([
    "Fine",
    ["a=1", "b=2"],
    ["1"]
  ])
  expect([valuesOf(answer, "x-cache"), valuesOf(answer, "x-hookshift-reason")]).toEqual([["BYPASS"], ["endpoint"]])
})
