/** The receiver as a plugin of Fastify: `fastify.register(fastifyPlugin(receiver), { prefix: "/hooks" })`. */
import type { IncomingMessage, ServerResponse } from "node:http"
import type { Receiver } from "../Receiver.js"
import { answerNodeRequest, writeAnswer } from "./nodeRequest.js"
import type { ReadRequest } from "./ReadBody.js"

/** The part of Fastify that is used. Its own types fit, and need not be installed. */
interface FastifyLike {
  // biome-ignore lint/suspicious/noExplicitAny: as Fastify's own overloads take it
  addContentTypeParser(type: string, parser: (request: any, payload: any, done: (error: null) => void) => void): unknown
  removeAllContentTypeParsers(): unknown
  // biome-ignore lint/suspicious/noExplicitAny: as Fastify's own overloads take it
  all(path: string, handler: (request: any, reply: any) => unknown): unknown
}

interface Request extends ReadRequest {
  readonly raw: IncomingMessage
  readonly params: { readonly source: string }
}

interface Reply {
  readonly raw: ServerResponse
  readonly hijack: () => unknown
}

/** Serves `/:source` under the prefix. Body parsers within the plugin give way: a signature is over the raw bytes. */
export const fastifyPlugin =
  (receiver: Pick<Receiver, "handle" | "intake">) =>
  async (fastify: FastifyLike): Promise<void> => {
    fastify.removeAllContentTypeParsers()
    fastify.addContentTypeParser("*", (_request, _payload, done) => done(null))
    const answer = (request: Request, reply: Reply): void => {
      reply.hijack()
      const { params, raw } = request
      answerNodeRequest(receiver, raw, reply.raw, {
        source: params.source,
        read: request,
        consumed: (refusal) => writeAnswer(reply.raw, refusal)
      })
    }
    for (const path of ["/:source", "/:source/"]) fastify.all(path, answer)
  }
