/** A mirror mounted in other people's servers, each at a path of its own. */
import { once } from "node:events"
import http, { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import { join } from "node:path"
import { Readable } from "node:stream"
import { pipeline } from "node:stream/promises"
import type { ReadableStream } from "node:stream/web"
import express from "express"
import Fastify from "fastify"
import { onTestFinished, vi } from "vitest"
import {
  createMirror,
  expressHandler,
  fastifyPlugin,
  fetchHandler,
  type Mirror,
  type MirrorOptions
} from "../../src/mirror.js"
import { openDatabase } from "../../src/store/index.js"
import { temporaryFolder } from "./files.js"
import { listeningAt } from "./listening.js"

export const openedMirror = async (options: MirrorOptions): Promise<Mirror> => {
  const mirror = await createMirror(options)
  onTestFinished(() => mirror.close())
  return mirror
}

/** `node:http` before a handler that answers a `Request` with a `Response`, as frameworks have it. */
export const webServer =
  (handler: (request: Request) => Promise<Response>) =>
  async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const gone = new AbortController()
    response.once("close", () => {
      if (!response.writableFinished) gone.abort()
    })
    const headers = new Headers()
    for (let at = 0; at < request.rawHeaders.length; at += 2)
      headers.append(request.rawHeaders[at]!, request.rawHeaders[at + 1]!)
    const bodyless = request.method === "GET" || request.method === "HEAD"
    const asked = new Request(`http://${request.headers.host}${request.url}`, {
      method: request.method!,
      headers,
      signal: gone.signal,
      ...(bodyless ? {} : { body: Readable.toWeb(request), duplex: "half" })
    } as RequestInit)
    const answer = await handler(asked).catch(() => null)
    if (answer === null) return void response.destroy()
    response.writeHead(answer.status, answer.statusText, [...answer.headers].flat() as never)
    if (answer.body === null) response.end()
    else await pipeline(Readable.fromWeb(answer.body as ReadableStream), response).catch(() => undefined)
  }

export const mounts = ["Express", "Fastify", "fetch"] as const

/** The address of the mirror in each server, mount path included. */
export const mountedIn = async (mirror: Mirror): Promise<Readonly<Record<(typeof mounts)[number], string>>> => {
  const app = express()
  const router = express.Router()
  router.use("/desk", expressHandler(mirror))
  app.use("/support", router)
  const fastify = Fastify()
  await fastify.register(fastifyPlugin(mirror), { prefix: "/helpdesk" })
  fastify.post("/echo", async (request) => request.body)
  onTestFinished(() => fastify.close())
  const web = await listeningAt(createServer(webServer(fetchHandler(mirror, { path: "/mirror/desk/" }))))
  return {
    Express: `${await listeningAt(createServer(app))}/support/desk`,
    Fastify: `${await fastify.listen({ port: 0, host: "127.0.0.1" })}/helpdesk`,
    fetch: `${web}/mirror/desk`
  }
}

/** Settings of a mirror before that address, with an empty database. */
export const settingsBefore = (baseUrl: string, mirror: object = {}): MirrorOptions => {
  vi.stubEnv("FD_KEY", "canary-key")
  const db = join(temporaryFolder(), "hookshift.db")
  openDatabase(db).close()
  return {
    db,
    config: { sources: { fd: { product: "freshdesk", baseUrl, auth: { secretEnv: "FD_KEY" } } }, mirror }
  }
}

export type Upstream = (request: IncomingMessage, response: ServerResponse) => void

export const mirrorOf = async (upstream: Upstream, mirror: object = {}) => {
  const provider = await listeningAt(createServer(upstream))
  return { provider, mirror: await openedMirror(settingsBefore(provider, mirror)) }
}

export const whole = async (request: IncomingMessage): Promise<Buffer> => {
  const chunks: Array<Buffer> = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

interface Got {
  readonly status: number
  readonly message: string
  readonly raw: ReadonlyArray<string>
  readonly body: Buffer
}
export const get = async (url: string, options: http.RequestOptions = {}, body = ""): Promise<Got> => {
  const request = http.request(url, { agent: false, ...options })
  request.end(body)
  const [answer] = (await once(request, "response")) as [IncomingMessage]
  return {
    status: answer.statusCode!,
    message: answer.statusMessage!,
    raw: answer.rawHeaders,
    body: await whole(answer)
  }
}
/** Values of a header, whether repeated or joined. */
export const valuesOf = ({ raw }: Got, name: string): ReadonlyArray<string> =>
  raw.flatMap((text, at) => (at % 2 === 1 && raw[at - 1]!.toLowerCase() === name ? text.split(", ") : []))

/** An upstream that answers with what it was asked. */
export const echo: Upstream = (request, response) =>
  void whole(request).then((body) =>
    response
      .writeHead(200, { "content-type": "application/json" })
      .end(JSON.stringify({ body: String(body), headers: request.headers }))
  )
