/**
 * The bounds of bodies hold behind every server as they do in the receiver's own listener, and each refusal arrives.
 */
import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { connect, type Socket } from "node:net"
import { join } from "node:path"
import { Readable } from "node:stream"
import { HttpRouter, HttpServer } from "@effect/platform"
import { NodeHttpServer } from "@effect/platform-node"
import { Effect, Exit, Layer, Scope } from "effect"
import Fastify from "fastify"
import { describe, expect, it, onTestFinished } from "vitest"
import { receiverRoute } from "../../src/effect.js"
import { headOf, takeNodeDelivery } from "../../src/receiver/intake/NodeBody.js"
import {
  createReceiver,
  expressHandler,
  fastifyPlugin,
  fetchHandler,
  type Receiver,
  type ReceiverOptions,
  signBody
} from "../../src/receiver.js"
import { deliveryBody, secret } from "../support/deliveries.js"
import { temporaryFolder } from "../support/files.js"
import { listening } from "../support/listening.js"
import { until } from "../support/until.js"

type Serve = (receiver: Receiver) => Promise<number>

const portOf = (server: Server): number => (server.address() as AddressInfo).port

const servers: ReadonlyArray<readonly [string, Serve]> = [
  ["the listener", async (receiver) => receiver.port],
  ["Express", async (receiver) => listening(createServer(expressHandler(receiver)))],
  [
    "Fastify",
    async (receiver) => {
      const app = Fastify()
      await app.register(fastifyPlugin(receiver), { prefix: "/hooks" })
      await app.listen({ port: 0, host: "127.0.0.1" })
      onTestFinished(() => void app.server.closeAllConnections())
      return portOf(app.server)
    }
  ],
  [
    "a fetch handler",
    async (receiver) => {
      return listening(
        createServer(async (request, response) => {
          const answer = fetchHandler(receiver, { remoteAddress: request.socket.remoteAddress! })
          const given = await answer(
            new Request(`http://localhost${request.url}`, {
              method: request.method!,
              headers: request.headers as Record<string, string>,
              body: Readable.toWeb(request) as ReadableStream,
              duplex: "half"
            } as RequestInit)
          )
          response.writeHead(given.status, Object.fromEntries(given.headers)).end(await given.text())
        })
      )
    }
  ],
  [
    "Effect's HttpRouter",
    async (receiver) => {
      const server = createServer()
      const scope = Effect.runSync(Scope.make())
      onTestFinished(async () => {
        server.closeAllConnections()
        await Effect.runPromise(Scope.close(scope, Exit.void))
      })
      const app = HttpRouter.empty.pipe(HttpRouter.all("/hooks/:source", receiverRoute(receiver)), HttpServer.serve())
      const layer = NodeHttpServer.layer(() => server, { port: 0, host: "127.0.0.1" })
      await Effect.runPromise(Layer.buildWithScope(Layer.provide(app, layer), scope))
      return portOf(server)
    }
  ]
]

const head = (length: number | null, signature = "0".repeat(64), more = ""): string =>
  `POST /hooks/fd HTTP/1.1\r\nHost: h\r\n${more}X-Freshworks-Signature: ${signature}\r\n${length === null ? "Transfer-Encoding: chunked" : `Content-Length: ${length}`}\r\n\r\n`

interface Client {
  readonly socket: Socket
  /** The statuses so far, once there are so many. */
  readonly statuses: (count: number) => Promise<ReadonlyArray<string>>
}

const opening = async (port: number): Promise<Client> => {
  const socket = connect(port, "127.0.0.1")
  onTestFinished(() => void socket.destroy())
  let text = ""
  const changed = new Set<() => void>()
  const tell = () => changed.forEach((one) => void one())
  socket.on("data", (chunk) => {
    text += chunk.toString("latin1")
    tell()
  })
  let closed = false
  socket.on("error", () => undefined)
  socket.on("close", () => {
    closed = true
    tell()
  })
  await new Promise((resume) => socket.once("connect", resume))
  const seen = () => [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map((match) => match[1]!)
  return {
    socket,
    statuses: (count) =>
      new Promise((resolve) => {
        const look = () => {
          if (seen().length < count && !closed) return
          changed.delete(look)
          resolve(seen())
        }
        changed.add(look)
        look()
      })
  }
}

const starting = async (limits: object, more: Partial<ReceiverOptions> = {}): Promise<Receiver> => {
  const receiver = await createReceiver({
    db: join(temporaryFolder(), "h.db"),
    listen: { port: 0 },
    maxBodyBytes: 100_000,
    sources: { fd: { profile: "freshworks", secrets: [secret] } },
    limits,
    ...more
  })
  onTestFinished(() => receiver.close())
  return receiver
}

describe.each(servers)("behind %s", (_, serve) => {
  it("a body over the limit is refused with 413 while it still comes, its length told or not", async () => {
    const port = await serve(await starting({}))
    const chunked = await opening(port)
    chunked.socket.write(head(null))
    const piece = `4000\r\n${"y".repeat(0x4000)}\r\n`
    for (let n = 0; n < 8; n++) chunked.socket.write(piece)
    expect(await chunked.statuses(1)).toEqual(["413"])
    const told = await opening(port)
    told.socket.write(head(100_001))
    expect(await told.statuses(1)).toEqual(["413"])
  })
  it("a body that does not come in time is refused with 408, also without its first byte", async () => {
    const port = await serve(await starting({ bodyMs: 300 }))
    const [silent, slow] = [await opening(port), await opening(port)]
    silent.socket.write(head(1_000))
    slow.socket.write(`${head(1_000)}{`)
    expect(await silent.statuses(1)).toEqual(["408"])
    expect(await slow.statuses(1)).toEqual(["408"])
  })
  it("bodies that hold too much together are refused with 503, and a signed delivery is taken", async () => {
    const receiver = await starting({ unfinishedBytes: 150_000, bodyMs: 600_000 })
    const port = await serve(receiver)
    const hoarders = await Promise.all(Array.from({ length: 4 }, () => opening(port)))
    for (const { socket } of hoarders) socket.write(head(90_000) + "z".repeat(60_000))
    expect(await hoarders[0]!.statuses(1)).toEqual(["503"])
    const body = deliveryBody()
    const honest = await opening(port)
    honest.socket.write(head(body.length, signBody(Buffer.from(body), secret)) + body)
    expect(await honest.statuses(1)).toEqual(["200"])
  })
  it("bodies count to their sender's /64 of IPv6: many addresses of one subscriber make no other give way", async () => {
    const receiver = await starting({ unfinishedBytes: 150_000, bodyMs: 600_000 }, { trustProxy: ["127.0.0.1"] })
    const port = await serve(receiver)
    const from = (address: string) => `X-Forwarded-For: ${address}\r\n`
    const body = deliveryBody({ snapshot: { id: 42, text: "z".repeat(60_000) } })
    const honest = await opening(port)
    const signature = signBody(Buffer.from(body), secret)
    honest.socket.write(head(body.length, signature, from("2001:db8:0:1::1")) + body.slice(0, 55_000))
    const hoarders = await Promise.all(Array.from({ length: 6 }, () => opening(port)))
    for (const [n, { socket }] of hoarders.entries())
      socket.write(head(90_000, undefined, from(`2001:db8:0:2::${n + 1}`)) + "z".repeat(30_000))
    expect(await Promise.race([honest, ...hoarders].map(({ statuses }) => statuses(1)))).toEqual(["503"])
    honest.socket.write(body.slice(55_000))
    expect(await honest.statuses(1)).toEqual(["200"])
  })
  it("a missing or malformed signature is refused before the body", async () => {
    const port = await serve(await starting({}))
    for (const signature of ["", "nonsense"]) {
      const client = await opening(port)
      client.socket.write(head(1_000, signature))
      expect(await client.statuses(1)).toEqual(["401"])
    }
  })
  it("a receiver that closes answers 503, finishes what it accepted, and ends though callers go on", async () => {
    const receiver = await starting({})
    const port = await serve(receiver)
    const body = deliveryBody()
    const accepted = await opening(port)
    accepted.socket.write(head(body.length, signBody(Buffer.from(body), secret)) + body.slice(0, 10))
    const waiting = await opening(port)
    waiting.socket.write(head(500))
    await until(() => receiver.intake.bodies.count() >= 2)
    const closing = receiver.close()
    if (port !== receiver.port) {
      const late = await opening(port)
      late.socket.write(head(body.length, signBody(Buffer.from(body), secret)) + body)
      expect(await late.statuses(1)).toEqual(["503"])
    }
    accepted.socket.write(body.slice(10))
    expect(await accepted.statuses(1)).toEqual(["200"])
    expect(await waiting.statuses(1)).toEqual(["503"])
    await closing
  })
})

it.each(servers.slice(-2))(
  "behind %s a body that breaks off is counted once, and not where it was refused before",
  async (_, serve) => {
    const receiver = await starting({})
    const port = await serve(receiver)
    const outcomes = async () =>
      Object.fromEntries(
        (await receiver.metrics.deliveries.get()).values.flatMap(({ labels, value }) =>
          value === 0 ? [] : [[labels.outcome, value]]
        )
      )
    const refused = await opening(port)
    refused.socket.write(head(null) + `4000\r\n${"y".repeat(0x4000)}\r\n`.repeat(8))
    expect(await refused.statuses(1)).toEqual(["413"])
    refused.socket.destroy()
    const brokenOff = await opening(port)
    brokenOff.socket.write(`${head(1_000)}{`)
    await until(() => receiver.intake.bodies.count() === 1)
    brokenOff.socket.destroy()
    await until(async () => (await outcomes())["broken_off"] !== undefined)
    expect(await outcomes()).toEqual({ too_large: 1, broken_off: 1 })
  }
)

it("a sender that leaves before its refusal is written has not broken off as well", async () => {
  const receiver = await starting({})
  const told: Array<number | string> = []
  let gone = false
  const port = await listening(
    createServer((request) => {
      request.on("close", () => {
        gone = true
      })
      // As a framework that writes the answer later.
      takeNodeDelivery(receiver.intake, request, headOf(request, "fd"), {
        answer: ({ status }) => void told.push(status),
        brokenOff: () => void told.push("broken off")
      })
    })
  )
  const client = await opening(port)
  client.socket.write(head(null) + `4000\r\n${"y".repeat(0x4000)}\r\n`.repeat(8))
  await until(() => told.length > 0)
  client.socket.destroy()
  await until(() => gone)
  expect(told).toEqual([413])
})

it("close() ends while a fetch handler goes on being called", async () => {
  const receiver = await createReceiver({
    db: join(temporaryFolder(), "c.db"),
    listen: null,
    sources: { fd: { profile: "freshworks", secrets: [secret] } },
    onEvent: () => undefined
  })
  const answer = fetchHandler(receiver, { source: "fd" })
  let calling = true
  let id = 0
  const statuses = new Map<number, number>()
  const callers = Array.from({ length: 16 }, async () => {
    while (calling) {
      const body = deliveryBody({ id: ++id })
      const headers = { "x-freshworks-signature": signBody(Buffer.from(body), secret) }
      const { status } = await answer(new Request("http://localhost/", { method: "POST", body, headers }))
      statuses.set(status, (statuses.get(status) ?? 0) + 1)
      await new Promise((next) => setImmediate(next))
    }
  })
  await until(() => (statuses.get(200) ?? 0) >= 50)
  const both = [receiver.close(), receiver.close()]
  await Promise.all(both)
  calling = false
  await Promise.all(callers)
  expect([...statuses.keys()].sort()).toEqual([200, 503])
})
