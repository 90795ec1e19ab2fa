/** Records the calls of any `HttpClient` of `@effect/platform`. */
import { HttpClient, HttpClientError, type HttpClientResponse } from "@effect/platform"
import { Effect, Layer, Stream } from "effect"
import { type CallObserver, openRecorder, type Recorder, type RecorderOptions } from "../recorder/Recorder.js"

/** A client whose calls are recorded; its responses are those of `client`, observed as they are read. */
export const instrumentHttpClient = (client: HttpClient.HttpClient, recorder: Recorder): HttpClient.HttpClient =>
  HttpClient.transform(client, (send, request) =>
    Effect.suspend(() => {
      const url = new URL(request.url)
      for (const [name, value] of request.urlParams) url.searchParams.append(name, value)
      const observer = recorder.begin({
        method: request.method,
        url: url.href,
        authorization: request.headers["authorization"] ?? null,
        userAgent: request.headers["user-agent"] ?? null,
        requestBytes:
          request.body._tag === "Empty"
            ? 0
            : "contentLength" in request.body
              ? (request.body.contentLength ?? null)
              : null
      })
      if (observer === null) return send
      return send.pipe(
        Effect.tapError((error) => Effect.sync(() => observer.fail("cause" in error ? error.cause : error))),
        Effect.onInterrupt(() => Effect.sync(() => observer.fail({ name: "Interrupted" }))),
        Effect.flatMap((response) => {
          observer.headers(response.status, (name) => response.headers[name] ?? null)
          return Effect.succeed(observeBody(response, observer))
        })
      )
    })
  )

/** The same response; the observer gets the body's bytes in whichever way the program reads them. */
const observeBody = (
  response: HttpClientResponse.HttpClientResponse,
  observer: CallObserver
): HttpClientResponse.HttpClientResponse => {
  const whole = <A, E>(read: Effect.Effect<A, E>, bytes: (body: A) => Uint8Array): Effect.Effect<A, E> =>
    read.pipe(
      Effect.tap((body) =>
        Effect.sync(() => {
          observer.chunk(bytes(body))
          observer.end()
        })
      ),
      Effect.tapError((error) => Effect.sync(() => observer.fail(error)))
    )
  const observed: HttpClientResponse.HttpClientResponse = new Proxy(response, {
    get: (target, property) => {
      if (property === "stream") {
        return target.stream.pipe(
          Stream.tap((chunk) => Effect.sync(() => observer.chunk(chunk))),
          Stream.onEnd(Effect.sync(() => observer.end())),
          Stream.tapError((error) => Effect.sync(() => observer.fail(error)))
        )
      }
      if (property === "arrayBuffer") return whole(target.arrayBuffer, (body) => new Uint8Array(body))
      if (property === "text") return whole(target.text, (body) => Buffer.from(body))
      if (property === "json") return parsed(observed)
      return Reflect.get(target, property, observed) as unknown
    }
  })
  return observed
}

/** `json` as the platform derives it from `text`, so that the observer gets the text. */
const parsed = (
  response: HttpClientResponse.HttpClientResponse
): Effect.Effect<unknown, HttpClientError.ResponseError> =>
  Effect.tryMap(response.text, {
    try: (text): unknown => (text === "" ? null : JSON.parse(text)),
    catch: (cause) =>
      new HttpClientError.ResponseError({ request: response.request, response, reason: "Decode", cause })
  })

export const InstrumentedHttpClient = {
  /** Records the calls of the `HttpClient` that it is given, for as long as the layer lives. */
  layer: (options: RecorderOptions = {}): Layer.Layer<HttpClient.HttpClient, never, HttpClient.HttpClient> =>
    Layer.scoped(
      HttpClient.HttpClient,
      Effect.gen(function* () {
        const client = yield* HttpClient.HttpClient
        const recorder = yield* Effect.acquireRelease(
          Effect.sync(() => openRecorder(options)),
          (open) => Effect.promise(() => open.close())
        )
        return instrumentHttpClient(client, recorder)
      })
    )
}
