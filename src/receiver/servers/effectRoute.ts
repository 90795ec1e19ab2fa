/** The receiver as a handler for Effect's `HttpRouter`. */
import { HttpServerRequest, HttpServerResponse } from "@effect/platform"
import { Effect, Option } from "effect"
import type { Receiver } from "../Receiver.js"
import { fetchHandler } from "./fetchHandler.js"
import { type ReadRequest, rawBodyOf } from "./ReadBody.js"

/** `HttpRouter.all("/hooks/:source", receiverRoute(receiver))`. The source is the last part of the path. */
export const receiverRoute = (
  receiver: Pick<Receiver, "intake">
): Effect.Effect<HttpServerResponse.HttpServerResponse, never, HttpServerRequest.HttpServerRequest> =>
  Effect.gen(function* () {
    const request = yield* HttpServerRequest.HttpServerRequest
    const remoteAddress = Option.getOrElse(request.remoteAddress, () => "")
    const source = request.source as ReadRequest & { readonly readableDidRead?: boolean }
    const answerTo = fetchHandler(receiver, { remoteAddress })
    // A stream that was read would be waited for without end.
    const given =
      source.readableDidRead === true ? readBefore(request, source) : yield* HttpServerRequest.toWeb(request)
    const response = yield* Effect.promise(() => answerTo(given))
    return HttpServerResponse.text(yield* Effect.promise(() => response.text()), {
      status: response.status,
      headers: Object.fromEntries(response.headers)
    })
  }).pipe(
    // A client that breaks off has sent nothing.
    Effect.catchTag("RequestError", () => Effect.succeed(HttpServerResponse.text("not understood\n", { status: 400 })))
  )

/** With the bytes that somebody kept; else as a request whose body is used up, which is answered as such. */
const readBefore = (request: HttpServerRequest.HttpServerRequest, source: ReadRequest): Request => {
  const kept = rawBodyOf(source)
  const url = Option.getOrElse(HttpServerRequest.toURL(request), () => new URL(request.url, "http://localhost"))
  const { headers, method } = request
  const body = method === "GET" || method === "HEAD" ? null : (kept ?? "")
  const web = new Request(url, { method, headers, body } as RequestInit)
  if (kept === null) web.body?.getReader()
  return web
}
