/** The same intake behind other people's servers, with real requests. */
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { join } from "node:path"
import { HttpRouter, HttpServer, HttpServerRequest } from "@effect/platform"
import { NodeHttpServer } from "@effect/platform-node"
import { Effect, Exit, Layer, Scope } from "effect"
import express from "express"
import Fastify from "fastify"
import { describe, expect, it, onTestFinished } from "vitest"
import { receiverRoute } from "../../src/effect.js"
import {
  createReceiver,
  expressHandler,
  fastifyPlugin,
  fetchHandler,
  type Receiver,
  signBody
} from "../../src/receiver.js"
import { deliveryBody, post, secret } from "../support/deliveries.js"
import { temporaryFolder } from "../support/files.js"
import { listeningAt } from "../support/listening.js"

const bare = async (): Promise<Receiver> => {
  const receiver = await createReceiver({
    db: join(temporaryFolder(), "s.db"),
    listen: null,
    maxBodyBytes: 10_000,
    sources: { fd: { profile: "freshworks", secrets: [secret] } }
  })
  onTestFinished(() => receiver.close())
  return receiver
}

/** What every one of them has to answer. */
const check = async (url: string, receiver: Receiver): Promise<void> => {
  expect(await post(url, deliveryBody())).toMatchObject({ status: 200, text: "stored\n" })
  expect(await post(url, deliveryBody())).toMatchObject({ status: 200, text: "duplicate\n" })
  expect((await post(url, deliveryBody(), { secret: "another" })).status).toBe(401)
  expect((await post(url, deliveryBody(), { source: "nobody" })).status).toBe(404)
  expect((await fetch(`${url}/hooks/fd`)).status).toBe(405)
  expect((await post(url, "x".repeat(10_001))).status).toBe(413)
  expect((await post(url, "no JSON")).text).toBe("quarantined\n")
  expect(receiver.inbox.list(10).map(({ state }) => state)).toEqual(["quarantined", "stored"])
}

const portOf = (server: { address: () => unknown }): number => (server.address() as AddressInfo).port

describe("the receiver behind", () => {
  it("Express, before its body parsers; behind one it says what is wrong", async () => {
    const receiver = await bare()
    const app = express()
    app.use("/hooks", expressHandler(receiver))
    app.use(express.json())
    app.use("/late", expressHandler(receiver))
    app.use((error: Error, _request: unknown, response: express.Response, _next: unknown) => {
      response.status(500).send(error.message)
    })
    const server = app.listen(0, "127.0.0.1")
    onTestFinished(() => void server.close())
    await new Promise((resume) => server.once("listening", resume))
    const url = `http://127.0.0.1:${portOf(server)}`
    await check(url, receiver)
    const late = await fetch(`${url}/late/fd`, {
      method: "POST",
      body: deliveryBody(),
      headers: { "content-type": "application/json" }
    })
    expect([late.status, await late.text()]).toEqual([500, expect.stringContaining("put expressHandler before")])
  })
  it("Fastify, whose own parsers stay for the other routes", async () => {
    const receiver = await bare()
    const app = Fastify()
    await app.register(fastifyPlugin(receiver), { prefix: "/hooks" })
    app.post("/echo", async (request) => request.body)
    const url = await app.listen({ port: 0, host: "127.0.0.1" })
    onTestFinished(() => app.close())
    await check(url, receiver)
    const echo = await fetch(`${url}/echo`, {
      method: "POST",
      body: '{"a":1}',
      headers: { "content-type": "application/json" }
    })
    expect(await echo.json()).toEqual({ a: 1 })
  })
  it("a server that answers a Request with a Response", async () => {
    const receiver = await bare()
    const answer = fetchHandler(receiver)
    const server = createServer(async (request, response) => {
      const chunks: Array<Buffer> = []
      for await (const chunk of request) chunks.push(chunk as Buffer)
      const given = await answer(
        new Request(`http://localhost${request.url}`, {
          method: request.method!,
          headers: request.headers as Record<string, string>,
          ...(request.method === "POST" ? { body: Buffer.concat(chunks) } : {})
        })
      )
      response.writeHead(given.status, Object.fromEntries(given.headers)).end(await given.text())
    }).listen(0, "127.0.0.1")
    onTestFinished(() => void server.close())
    await new Promise((resume) => server.once("listening", resume))
    await check(`http://127.0.0.1:${portOf(server)}`, receiver)
  })
  it("Effect's HttpRouter", async () => {
    const receiver = await bare()
    const scope = Effect.runSync(Scope.make())
    onTestFinished(() => Effect.runPromise(Scope.close(scope, Exit.void)))
    const server = createServer()
    const app = HttpRouter.empty.pipe(HttpRouter.all("/hooks/:source", receiverRoute(receiver)), HttpServer.serve())
    const layer = Layer.provide(
      app,
      NodeHttpServer.layer(() => server, { port: 0, host: "127.0.0.1" })
    )
    await Effect.runPromise(Layer.buildWithScope(layer, scope))
    await check(`http://127.0.0.1:${portOf(server)}`, receiver)
  })
  it("nothing at all: a bare signature check stays what it was", async () => {
    const receiver = await bare()
    const body = Buffer.from(deliveryBody({ id: 7 }))
    const response = await fetchHandler(receiver, { source: "fd" })(
      new Request("http://localhost/anywhere", {
        method: "POST",
        body,
        headers: { "x-freshworks-signature": signBody(body, secret) }
      })
    )
    expect(response.status).toBe(200)
  })
})

const signedBody = deliveryBody({ id: 11 })
const signedHeaders = {
  "content-type": "application/json",
  "x-freshworks-signature": signBody(Buffer.from(signedBody), secret)
}
const send = async (url: string): Promise<[number, string]> => {
  const answer = await fetch(url, { method: "POST", body: signedBody, headers: signedHeaders })
  return [answer.status, await answer.text()]
}
const refusal = expect.stringContaining("read before hookshift could verify it")
describe("a body that was read before", () => {
  it("is refused at once by Express, and taken where its bytes were kept", async () => {
    const receiver = await bare()
    const app = express()
    app.use("/parsed", express.json(), expressHandler(receiver))
    const keep = (request: object, _: unknown, bytes: Buffer) => void Object.assign(request, { rawBody: bytes })
    app.use("/kept", express.json({ verify: keep }), expressHandler(receiver))
    app.use("/raw", express.raw({ type: "*/*" }), expressHandler(receiver))
    app.use((error: Error & { status: number }, _: unknown, response: express.Response, __: unknown) => {
      response.status(error.status).send(error.message)
    })
    const url = await listeningAt(createServer(app))
    expect(await send(`${url}/parsed/fd`)).toEqual([500, refusal])
    expect(await send(`${url}/kept/fd`)).toEqual([200, "stored\n"])
    expect(await send(`${url}/raw/fd`)).toEqual([200, "duplicate\n"])
  })
  it("is refused by plain node:http, which has no next handler", async () => {
    const receiver = await bare()
    const handler = expressHandler(receiver)
    const url = await listeningAt(
      createServer(async (request, response) => {
        for await (const _ of request);
        handler(request, response)
      })
    )
    expect(await send(`${url}/hooks/fd`)).toEqual([500, refusal])
  })
  it("is refused by Fastify, and taken where its bytes were kept", async () => {
    const receiver = await bare()
    const app = Fastify()
    app.addHook("preHandler", async (request) => {
      const chunks: Array<Buffer> = []
      for await (const chunk of request.raw) chunks.push(chunk as Buffer)
      if (request.headers["x-keep"] === "1") Object.assign(request, { rawBody: Buffer.concat(chunks).toString() })
    })
    await app.register(fastifyPlugin(receiver), { prefix: "/hooks" })
    const url = await app.listen({ port: 0, host: "127.0.0.1" })
    onTestFinished(() => app.close())
    expect(await send(`${url}/hooks/fd`)).toEqual([500, refusal])
    const kept = await post(url, signedBody, { headers: { "x-keep": "1" } })
    expect(kept).toMatchObject({ status: 200, text: "stored\n" })
    expect((await post(url, signedBody, { source: "fd/", headers: { "x-keep": "1" } })).text).toBe("duplicate\n")
  })
  it("is refused by the fetch handler, whether read, locked or broken off, and taken as rawBody", async () => {
    const receiver = await bare()
    const answer = fetchHandler(receiver)
    const request = () =>
      new Request("http://localhost/hooks/fd/?a=1", { method: "POST", body: signedBody, headers: signedHeaders })
    const read = request()
    await read.text()
    const locked = request()
    locked.body!.getReader()
    for (const used of [read, locked]) {
      const given = await answer(used)
      expect([given.status, await given.text()]).toEqual([500, refusal])
    }
    const broken = new Request("http://localhost/hooks/fd", {
      method: "POST",
      body: new ReadableStream({ start: (stream) => stream.error(new Error("gone")) }),
      headers: signedHeaders,
      duplex: "half"
    } as RequestInit)
    expect((await answer(broken)).status).toBe(400)
    const kept = await answer(Object.assign(read, { rawBody: Buffer.from(signedBody) }))
    expect([kept.status, await kept.text()]).toEqual([200, "stored\n"])
  })
  it("is refused by the Effect route, and taken as rawBody", async () => {
    const receiver = await bare()
    const scope = Effect.runSync(Scope.make())
    onTestFinished(() => Effect.runPromise(Scope.close(scope, Exit.void)))
    const server = createServer()
    const reading = (keep: boolean) =>
      Effect.gen(function* () {
        const request = yield* HttpServerRequest.HttpServerRequest
        const text = yield* request.text
        if (keep) Object.assign(request.source as object, { rawBody: text })
        return yield* receiverRoute(receiver)
      })
    const app = HttpRouter.empty.pipe(
      HttpRouter.all("/read/:source", reading(false)),
      HttpRouter.all("/kept/:source", reading(true)),
      HttpServer.serve()
    )
    const layer = Layer.provide(
      app,
      NodeHttpServer.layer(() => server, { port: 0, host: "127.0.0.1" })
    )
    await Effect.runPromise(Layer.buildWithScope(layer, scope))
    const url = `http://127.0.0.1:${portOf(server)}`
    expect(await send(`${url}/read/fd`)).toEqual([500, refusal])
    expect(await send(`${url}/kept/fd`)).toEqual([200, "stored\n"])
  })
})
