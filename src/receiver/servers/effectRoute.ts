/** The receiver as a handler for Effect's `HttpRouter`. */
import { IncomingMessage } from "node:http"
import { HttpServerRequest, HttpServerResponse } from "@effect/platform"
import { Effect, Option } from "effect"
import { pathSegments } from "../../domain/RequestTarget.js"
import { headOf, type NodeDelivery, takeNodeDelivery } from "../intake/NodeBody.js"
import type { Receiver } from "../Receiver.js"
import { fetchHandler } from "./fetchHandler.js"
import { type ReadRequest, rawBodyOf } from "./ReadBody.js"

/** `HttpRouter.all("/hooks/:source", receiverRoute(receiver))`. The source is the last part of the path. */
export const receiverRoute = (
  receiver: Pick<Receiver, "intake">
): Effect.Effect<HttpServerResponse.HttpServerResponse, never, HttpServerRequest.HttpServerRequest> =>
  Effect.gen(function* () {
    const request = yield* HttpServerRequest.HttpServerRequest
    const { source } = request
    if (source instanceof IncomingMessage && !source.readableDidRead) return yield* fromNode(receiver, source)
    const remoteAddress = Option.getOrElse(request.remoteAddress, () => "")
    const answerTo = fetchHandler(receiver, { remoteAddress })
    // A stream that was read would be waited for without end.
    const given =
      (source as { readonly readableDidRead?: boolean }).readableDidRead === true
        ? readBefore(request, source as ReadRequest)
        : yield* HttpServerRequest.toWeb(request)
    const response = yield* Effect.promise(() => answerTo(given))
    return HttpServerResponse.text(yield* Effect.promise(() => response.text()), {
      status: response.status,
      headers: Object.fromEntries(response.headers)
    })
  }).pipe(
    // A client that breaks off has sent nothing.
    Effect.catchTag("RequestError", () => Effect.succeed(HttpServerResponse.text("not understood\n", { status: 400 })))
  )

/** On Node the request itself is read, as behind Express: a web stream on top of it cannot be left before its end. */
const fromNode = ({ intake }: Pick<Receiver, "intake">, request: IncomingMessage) =>
  Effect.async<HttpServerResponse.HttpServerResponse>((resume) => {
    const source = pathSegments(request.url ?? "/").at(-1) ?? ""
    const answer: NodeDelivery["answer"] = ({ headers, status, text }, close) =>
      resume(
        Effect.succeed(
          HttpServerResponse.text(text, { status, headers: { ...headers, ...(close ? { connection: "close" } : {}) } })
        )
      )
    takeNodeDelivery(intake, request, headOf(request, source), {
      answer,
      // The router waits for an answer, although its client has gone.
      brokenOff: () => answer(intake.refuse(source, "broken_off"), true)
    })
  })

/** With the raw bytes where a parser kept them; else as a request whose body is used up, which is answered as such. */
const readBefore = (request: HttpServerRequest.HttpServerRequest, source: ReadRequest): Request => {
  const kept = rawBodyOf(source)
  const url = Option.getOrElse(HttpServerRequest.toURL(request), () => new URL(request.url, "http://localhost"))
  const { headers, method } = request
  const body = method === "GET" || method === "HEAD" ? null : (kept ?? "")
  const web = new Request(url, { method, headers, body } as RequestInit)
  if (kept === null) web.body?.getReader()
  return web
}
