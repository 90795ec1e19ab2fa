/** The common part of Express and Fastify: a `node:http` request whose body is still to come, or was read before. */
import type { IncomingMessage, ServerResponse } from "node:http"
import type { Answer } from "../intake/Answers.js"
import { headOf } from "../intake/NodeBody.js"
import type { Receiver } from "../Receiver.js"
import { answerWhole, type ReadRequest, rawBodyOf } from "./ReadBody.js"

export const writeAnswer = (response: ServerResponse, { headers, status, text }: Answer): void => {
  if (response.headersSent || response.destroyed) return
  response.writeHead(status, {
    "content-type": "text/plain; charset=utf-8",
    "content-length": Buffer.byteLength(text),
    ...headers
  })
  response.end(text)
}

/**
 * Answers at once, whatever was done with the body; a stream that was read would never end again. `consumed` tells of
 * a body that was read and not kept, with the refusal to answer.
 */
export const answerNodeRequest = (
  { handle, intake }: Pick<Receiver, "handle" | "intake">,
  request: IncomingMessage,
  response: ServerResponse,
  options: {
    readonly source: string
    readonly read: ReadRequest
    readonly consumed: (refusal: Answer) => void
  }
): void => {
  const { consumed, read, source } = options
  const kept = rawBodyOf(read)
  if (kept === null && !request.readableDidRead && !request.destroyed) return handle(request, response, source)
  if (kept === null) return consumed(intake.refuse(source, "consumed"))
  void answerWhole(intake, headOf(request, source), kept).then((answer) => writeAnswer(response, answer))
}
