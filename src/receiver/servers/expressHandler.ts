/** The receiver as a handler of Express, Connect or plain `node:http`. */
import type { IncomingMessage, ServerResponse } from "node:http"
import { pathSegments } from "../../domain/RequestTarget.js"
import type { Receiver } from "../Receiver.js"
import { answerNodeRequest, writeAnswer } from "./nodeRequest.js"
import type { ReadRequest } from "./ReadBody.js"

type ExpressRequest = IncomingMessage & ReadRequest & { readonly originalUrl?: string }

const readTooEarly =
  "the body was read before hookshift could verify it: put expressHandler before express.json() and other body parsers, or keep the raw bytes as rawBody\n"

/**
 * `app.use("/hooks", expressHandler(receiver))`, before any body parser: a signature is over the raw bytes. Behind
 * one, the bytes are taken from `rawBody`, or from what `express.raw()` left. `source`: the source's name, the last
 * part of the path unless set.
 */
export const expressHandler =
  (receiver: Pick<Receiver, "handle" | "intake">, options: { readonly source?: string } = {}) =>
  (request: ExpressRequest, response: ServerResponse, next?: (error: Error) => void): void =>
    answerNodeRequest(receiver, request, response, {
      source: options.source ?? pathSegments(request.originalUrl ?? request.url ?? "/").at(-1) ?? "",
      read: request,
      consumed: (given) => {
        const refusal = { ...given, text: readTooEarly }
        if (next === undefined) writeAnswer(response, refusal)
        else next(Object.assign(new Error(refusal.text.trim()), { status: refusal.status }))
      }
    })
