/** The receiver as a handler of Express, Connect or plain `node:http`. */
import type { IncomingMessage, ServerResponse } from "node:http"
import type { Receiver } from "../Receiver.js"
import { sourceOfPath } from "./fetchHandler.js"

type ExpressRequest = IncomingMessage & { readonly originalUrl?: string; readonly body?: unknown }

/**
 * `app.use("/hooks", expressHandler(receiver))`, before any body parser: a signature is over the raw bytes. `source`: the
 * source's name, the last part of the path unless set.
 */
export const expressHandler =
  ({ handle }: Pick<Receiver, "handle">, options: { readonly source?: string } = {}) =>
  (request: ExpressRequest, response: ServerResponse, next?: (error: Error) => void): void => {
    if (request.readableDidRead) {
      const error = new Error(
        "the body was read before hookshift could verify it: put expressHandler before express.json() and other body parsers"
      )
      if (next === undefined) throw error
      return next(error)
    }
    const path = (request.originalUrl ?? request.url ?? "").split("?", 1)[0]!
    handle(request, response, options.source ?? sourceOfPath(path))
  }
