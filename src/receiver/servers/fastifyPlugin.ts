/** The receiver as a plugin of Fastify: `fastify.register(fastifyPlugin(receiver), { prefix: "/hooks" })`. */
import type { IncomingMessage } from "node:http"
import type { Receiver } from "../Receiver.js"
import { type FastifyLike, type FastifyReply, leaveBodiesRaw } from "./FastifyLike.js"
import { answerNodeRequest, writeAnswer } from "./nodeRequest.js"
import type { ReadRequest } from "./ReadBody.js"

interface Request extends ReadRequest {
  readonly raw: IncomingMessage
  readonly params: { readonly source: string }
}

/** Serves `/:source` under the prefix. Body parsers within the plugin give way: a signature is over the raw bytes. */
export const fastifyPlugin =
  (receiver: Pick<Receiver, "handle" | "intake">) =>
  async (fastify: FastifyLike): Promise<void> => {
    leaveBodiesRaw(fastify)
    const answer = (request: Request, reply: FastifyReply): void => {
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
