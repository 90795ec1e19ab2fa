/** The mirror as a plugin of Fastify: `fastify.register(fastifyPlugin(mirror), { prefix: "/helpdesk" })`. */
import type { IncomingMessage, ServerResponse } from "node:http"
import { requestTarget } from "../../domain/RequestTarget.js"
import type { ReadRequest } from "../../receiver/index.js"
import type { Mirror } from "../createMirror.js"
import type { HandlerOptions } from "./expressHandler.js"
import { serveNode } from "./nodeRequest.js"

/** The part of Fastify that is used. Its own types fit, and need not be installed. */
interface FastifyLike {
  readonly prefix: string
  // biome-ignore lint/suspicious/noExplicitAny: as Fastify's own overloads take it
  addContentTypeParser(type: string, parser: (request: any, payload: any, done: (error: null) => void) => void): unknown
  removeAllContentTypeParsers(): unknown
  // biome-ignore lint/suspicious/noExplicitAny: as Fastify's own overloads take it
  all(path: string, handler: (request: any, reply: any) => unknown): unknown
}

interface Request extends ReadRequest {
  readonly raw: IncomingMessage
  readonly protocol: string
}

interface Reply {
  readonly raw: ServerResponse
  readonly hijack: () => unknown
}

/** Serves all paths under the prefix. Body parsers within the plugin give way: what passes through streams. */
export const fastifyPlugin =
  (mirror: Pick<Mirror, "publicUrl" | "serve">, { publicUrl }: HandlerOptions = {}) =>
  async (fastify: FastifyLike): Promise<void> => {
    fastify.removeAllContentTypeParsers()
    fastify.addContentTypeParser("*", (_request, _payload, done) => done(null))
    const parts = fastify.prefix.split("/").filter((part) => part !== "").length
    const answer = ({ protocol, raw, rawBody }: Request, reply: Reply): void => {
      reply.hijack()
      const request = rawBody === undefined ? raw : Object.assign(raw, { rawBody })
      serveNode(mirror, request, reply.raw, { ...belowPrefix(raw.url ?? "/", parts), protocol, publicUrl })
    }
    for (const path of ["/", "/*"]) fastify.all(path, answer)
  }

/** The prefix as the request spells it: it may have parameters, or be in other letters. */
const belowPrefix = (target: string, parts: number): { readonly path: string; readonly url: string } => {
  const { authority, path } = requestTarget(target)
  const mounted = new RegExp(`^(?:/+[^/?]+){${parts}}`).exec(path)?.[0] ?? ""
  const rest = path.slice(mounted.length)
  const below = rest.startsWith("/") ? rest : `/${rest}`
  return { path: mounted, url: authority === null ? below : `http://${authority}${below}` }
}
