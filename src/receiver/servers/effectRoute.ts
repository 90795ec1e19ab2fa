/** The receiver as a handler for Effect's `HttpRouter`. */
import { HttpServerRequest, HttpServerResponse } from "@effect/platform"
import { Effect, Option } from "effect"
import type { Receiver } from "../Receiver.js"
import { fetchHandler } from "./fetchHandler.js"

/** `HttpRouter.all("/hooks/:source", receiverRoute(receiver))`. The source is the last part of the path. */
export const receiverRoute = (
  receiver: Pick<Receiver, "intake">
): Effect.Effect<HttpServerResponse.HttpServerResponse, never, HttpServerRequest.HttpServerRequest> =>
  Effect.gen(function* () {
    const request = yield* HttpServerRequest.HttpServerRequest
    const web = yield* HttpServerRequest.toWeb(request)
    const remoteAddress = Option.getOrElse(request.remoteAddress, () => "")
    const response = yield* Effect.promise(() => fetchHandler(receiver, { remoteAddress })(web))
    return HttpServerResponse.text(yield* Effect.promise(() => response.text()), {
      status: response.status,
      headers: Object.fromEntries(response.headers)
    })
  }).pipe(
    // A client that breaks off has sent nothing.
    Effect.catchTag("RequestError", () => Effect.succeed(HttpServerResponse.text("not understood\n", { status: 400 })))
  )
