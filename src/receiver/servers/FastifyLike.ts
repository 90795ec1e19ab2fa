/** The part of Fastify that the plugins use. Its own types fit, and need not be installed. */
import type { ServerResponse } from "node:http"

export interface FastifyLike {
  // biome-ignore lint/suspicious/noExplicitAny: as Fastify's own overloads take it
  addContentTypeParser(type: string, parser: (request: any, payload: any, done: (error: null) => void) => void): unknown
  removeAllContentTypeParsers(): unknown
  // biome-ignore lint/suspicious/noExplicitAny: as Fastify's own overloads take it
  all(path: string, handler: (request: any, reply: any) => unknown): unknown
}

export interface FastifyReply {
  readonly raw: ServerResponse
  readonly hijack: () => unknown
}

/** Body parsers within the plugin give way: each body stays a stream of raw bytes. */
export const leaveBodiesRaw = (fastify: FastifyLike): void => {
  fastify.removeAllContentTypeParsers()
  fastify.addContentTypeParser("*", (_request, _payload, done) => done(null))
}
