/**
 * One retry layer for every product's client: `Retry-After` is honoured, other waits back off exponentially with full
 * jitter, at most 5 tries, and calls slow down by themselves below 10 % of the limit (FRESHWORKS.md, "Rate limits").
 */
import { HttpClient, type HttpClientResponse } from "@effect/platform"
import { Clock, Duration, Effect, Random, Ref } from "effect"
import { retryAfterMillis } from "./RetryAfter.js"

const maxTries = 5
const firstWait = Duration.seconds(1)
const longestWait = Duration.minutes(2)
const slowDownBelow = 0.1

const retryable = (status: number): boolean => status === 429 || status === 502 || status === 503 || status === 504

/** Full jitter: anywhere between nothing and the doubled wait. */
const backoff = (attempt: number): Effect.Effect<Duration.Duration> =>
  Random.next.pipe(
    Effect.map((share) =>
      Duration.millis(
        share * Math.min(Duration.toMillis(longestWait), Duration.toMillis(firstWait) * 2 ** (attempt - 1))
      )
    )
  )

/**
 * Wraps a client whose requests are safe to repeat (reads, and writes that are idempotent by themselves). The last
 * answer or error is passed on as it is once the tries are used up. `onRetry` runs before each further try.
 */
export const withRetries = <E extends { readonly _tag: string }, R>(
  client: HttpClient.HttpClient.With<E, R>,
  onRetry: Effect.Effect<void> = Effect.void
): Effect.Effect<HttpClient.HttpClient.With<E, R>> =>
  Effect.gen(function* () {
    const pauseUntil = yield* Ref.make(0)
    const waitForHeadroom = Effect.gen(function* () {
      const wait = (yield* Ref.get(pauseUntil)) - (yield* Clock.currentTimeMillis)
      if (wait > 0) yield* Effect.sleep(Duration.millis(wait))
    })
    const noteHeadroom = (response: HttpClientResponse.HttpClientResponse) =>
      Effect.gen(function* () {
        const total = Number(response.headers["x-ratelimit-total"] ?? Number.NaN)
        const remaining = Number(response.headers["x-ratelimit-remaining"] ?? Number.NaN)
        if (!(total > 0) || !(remaining < total * slowDownBelow)) return
        const now = yield* Clock.currentTimeMillis
        // What is left of this minute, shared among the calls that are left in it.
        const pause = (60_000 - (now % 60_000)) / (Math.max(0, remaining) + 1)
        yield* Ref.set(pauseUntil, now + pause)
      })
    const again = <A, E2, R2>(wait: Effect.Effect<Duration.Duration>, next: Effect.Effect<A, E2, R2>) =>
      wait.pipe(Effect.flatMap(Effect.sleep), Effect.zipRight(onRetry), Effect.zipRight(next))

    return HttpClient.transform(client, (send) => {
      const attempt = (tries: number): Effect.Effect<HttpClientResponse.HttpClientResponse, E, R> =>
        waitForHeadroom.pipe(
          Effect.zipRight(send),
          Effect.tap(noteHeadroom),
          Effect.flatMap((response) => {
            if (!retryable(response.status) || tries >= maxTries) return Effect.succeed(response)
            const stated = Effect.map(Clock.currentTimeMillis, (now) =>
              retryAfterMillis(response.headers["retry-after"], now)
            )
            const wait = Effect.flatMap(stated, (millis) =>
              millis === null ? backoff(tries) : Effect.succeed(Duration.millis(millis))
            )
            return again(wait, attempt(tries + 1))
          }),
          Effect.catchIf(
            (error) => isTransportError(error) && tries < maxTries,
            () => again(backoff(tries), attempt(tries + 1))
          )
        )
      return attempt(1)
    })
  })

const isTransportError = (error: { readonly _tag: string; readonly reason?: unknown }): boolean =>
  error._tag === "RequestError" && error.reason === "Transport"
