/**
 * When a call is made again: `Retry-After` is honoured, other waits back off exponentially with full jitter, at most 5
 * tries (FRESHWORKS.md, "Rate limits"). A write that is not safe to repeat goes out again only when it never went out.
 *
 * `Effect.retry` with a `Schedule` would take no less. A refused answer is a success that would have to
 * fail and come back, and the wait depends on it. `Schedule.jittered` varies by a fifth, while full jitter starts at
 * nothing. `onRetry` runs after the wait, so that an abandoned call counts no retry; a schedule's hooks run before it.
 */
import type { HttpClientError, HttpClientResponse } from "@effect/platform"
import { Clock, Duration, Effect, Random } from "effect"
import type { AccountLimiter } from "./AccountLimiter.js"
import type { ProviderError } from "./ProviderError.js"
import { httpDate, longestStatedWaitMs, retryAfterMillis } from "./RetryAfter.js"

export const maxTries = 5
const firstWait = Duration.seconds(1)
const longestWait = Duration.minutes(2)

const retryable = (status: number): boolean => status === 429 || (status >= 500 && status !== 501)

/** Full jitter: anywhere between nothing and the doubled wait. */
const backoff = (attempt: number): Effect.Effect<Duration.Duration> =>
  Effect.map(Random.next, (share) =>
    Duration.millis(share * Math.min(Duration.toMillis(longestWait), Duration.toMillis(firstWait) * 2 ** (attempt - 1)))
  )

/** As long as was asked for. "At once", or a moment that has passed, is no reason to come back faster each time. */
const waitAtLeast = (stated: Duration.Duration | null, attempt: number): Effect.Effect<Duration.Duration> =>
  stated !== null && Duration.greaterThanOrEqualTo(stated, firstWait)
    ? Effect.succeed(stated)
    : Effect.map(backoff(attempt), Duration.max(stated ?? Duration.zero))

export interface RetryOptions {
  readonly limiter: AccountLimiter
  /** `GET /api/v2/tickets`, as the plan's limits name it. */
  readonly endpoint: string
  readonly credits: number
  /** Whether a second time does no harm: reads, and writes that set or remove. */
  readonly repeatable: boolean
  readonly onRetry: Effect.Effect<void>
  readonly tries: number
}

type Send = Effect.Effect<HttpClientResponse.HttpClientResponse, HttpClientError.HttpClientError | ProviderError>

/** The last answer or error is passed on as it is once the tries are used up. */
export const withRetries = (send: Send, options: RetryOptions): Send => {
  const { credits, endpoint, limiter, repeatable } = options
  const most = options.tries
  const again = (wait: Effect.Effect<Duration.Duration>, tries: number): Send =>
    wait.pipe(Effect.flatMap(Effect.sleep), Effect.zipRight(options.onRetry), Effect.zipRight(attempt(tries + 1)))
  const attempt = (tries: number): Send =>
    limiter.acquire(endpoint, credits).pipe(
      Effect.zipRight(send),
      Effect.tap((response) => limiter.note(endpoint, response.headers)),
      Effect.flatMap((response) => answered(response, tries)),
      Effect.catchIf(
        (error) =>
          error._tag === "RequestError" && tries < most && (repeatable ? isTransport(error) : neverSent(error)),
        () => again(backoff(tries), tries)
      )
    )
  const answered = (response: HttpClientResponse.HttpClientResponse, tries: number): Send =>
    Effect.gen(function* () {
      if (!retryable(response.status)) return response
      const { date, "retry-after": asked } = response.headers
      const stated = retryAfterMillis(asked, yield* Clock.currentTimeMillis, httpDate(date))
      const wait = stated === null ? null : Duration.millis(Math.min(stated, longestStatedWaitMs))
      // Every client of the account waits, not only the one that was told.
      if (response.status === 429 && wait !== null) yield* limiter.pause(wait)
      if (!repeatable || tries >= most) return response
      return yield* again(waitAtLeast(wait, tries), tries)
    })
  return attempt(1)
}

const isTransport = (error: HttpClientError.RequestError): boolean => error.reason === "Transport"

/** Codes of failures that come before the first byte goes out. */
const beforeSending = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "UND_ERR_CONNECT_TIMEOUT"
])

const neverSent = (error: HttpClientError.RequestError): boolean => {
  for (let at: unknown = error.cause, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth++) {
    const { code, errors } = at as { code?: unknown; errors?: ReadonlyArray<{ code?: unknown }> }
    if (typeof code === "string" && beforeSending.has(code)) return true
    if (errors?.some((one) => typeof one.code === "string" && beforeSending.has(one.code)) === true) return true
  }
  return false
}
