/** The receiver as a plugin of Fastify: `fastify.register(fastifyPlugin(receiver), { prefix: "/hooks" })`. */
import type { IncomingMessage, ServerResponse } from "node:http"
import type { Receiver } from "../Receiver.js"

/** What of Fastify is used; its own types fit, and need not be installed. */
interface FastifyLike {
  // biome-ignore lint/suspicious/noExplicitAny: as Fastify's own overloads take it
  addContentTypeParser(type: string, parser: (request: any, payload: any, done: (error: null) => void) => void): unknown
  removeAllContentTypeParsers(): unknown
  // biome-ignore lint/suspicious/noExplicitAny: as Fastify's own overloads take it
  all(path: string, handler: (request: any, reply: any) => unknown): unknown
}

interface Request {
  readonly raw: IncomingMessage
  readonly params: { readonly source: string }
}

interface Reply {
  readonly raw: ServerResponse
  readonly hijack: () => unknown
}

/** Serves `/:source` under the prefix. Body parsers within the plugin give way: a signature is over the raw bytes. */
export const fastifyPlugin =
  ({ handle }: Pick<Receiver, "handle">) =>
  async (fastify: FastifyLike): Promise<void> => {
    fastify.removeAllContentTypeParsers()
    fastify.addContentTypeParser("*", (_request, _payload, done) => done(null))
    fastify.all("/:source", (request: Request, reply: Reply) => {
      reply.hijack()
      handle(request.raw, reply.raw, request.params.source)
    })
  }
