/** One try to hand an event to the target: its result, its metrics, its span and its log line. */
import type { ToHandOver } from "../inbox/Delivery.js"
import type { Log } from "../operations/Log.js"
import type { Metrics } from "../operations/Metrics.js"
import type { Trace } from "../operations/Tracing.js"
import { retryWaitMs } from "./RetrySchedule.js"
import { failureOf, type Target } from "./Target.js"

export interface FailedAttempt {
  readonly kind: string
  /** The target takes no event now. */
  readonly down: boolean
  /** How long the target asked to be left alone. */
  readonly retryAfterMs: number | null
  /** Milliseconds until the next try; `null`: a dead letter. */
  readonly retryInMs: number | null
}

/** Whatever a schedule or a target asks for: 30 days. */
const longestWaitMs = 30 * 86_400_000

/** `done` gets `null` for a delivered event. It is called exactly once, never before `attempt` returns. */
export const makeAttempt = (options: {
  readonly target: Target
  readonly retrySeconds: ReadonlyArray<number>
  readonly metrics: Metrics
  readonly log: Log
  readonly trace: Trace | undefined
}): ((event: ToHandOver, done: (failure: FailedAttempt | null) => void) => void) => {
  const { log, metrics, retrySeconds, target, trace } = options

  const failureFor = (event: ToHandOver, error: unknown): FailedAttempt => {
    const { down, kind, retryAfterMs } = failureOf(error)
    const wait = retryWaitMs(retrySeconds, event.attempts, event.deliveryId)
    const retryInMs = wait === null ? null : Math.round(Math.min(longestWaitMs, Math.max(wait, retryAfterMs ?? 0)))
    return { kind, down, retryAfterMs, retryInMs }
  }

  const tell = (event: ToHandOver, from: number, failure: FailedAttempt | null): void => {
    const { source } = event
    const result = failure === null ? "delivered" : failure.retryInMs === null ? "dead" : "failed"
    metrics.handedOver.inc({ source, result })
    trace?.({
      name: "hookshift.hand_over",
      kind: "client",
      from,
      attributes: { source, entity: event.entity, attempt: event.attempts + 1, result },
      failure: failure?.kind ?? null
    })
    if (failure === null) return
    const { kind, retryInMs } = failure
    if (retryInMs !== null) return log("warning", "the target did not take an event", { source, kind })
    const delivery = event.deliveryId
    log("error", "an event was given up: hookshift inbox retry hands it over again", { source, delivery, kind })
  }

  return (event, done) => {
    const from = trace === undefined ? 0 : performance.now()
    const ended = (failure: FailedAttempt | null): void => {
      tell(event, from, failure)
      done(failure)
    }
    // A target that throws at once has failed like one that rejects.
    new Promise<void>((resolve) => resolve(target.deliver(event))).then(
      () => ended(null),
      (error: unknown) => ended(failureFor(event, error))
    )
  }
}
