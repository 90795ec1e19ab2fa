/**
 * From the inbox to the target: at least once, per entity in order, entities beside each other, with retries that
 * back off and then dead letters. The queue is the inbox's (inbox/HandOverQueue.ts). This holds the events that it
 * gave out (EntityQueues.ts), sends them (Attempt.ts) and settles them (InboxExchange.ts). Plain TypeScript: 5,000
 * events/s and more.
 */
import type { EpochMillis, Timekeeper } from "../../domain/Time.js"
import { within } from "../Deadlines.js"
import type { ToHandOver } from "../inbox/Delivery.js"
import type { Log } from "../operations/Log.js"
import type { Metrics } from "../operations/Metrics.js"
import type { Trace } from "../operations/Tracing.js"
import type { OnWork } from "../Quiescence.js"
import { type FailedAttempt, makeAttempt } from "./Attempt.js"
import { makeCircuitBreaker } from "./CircuitBreaker.js"
import { makeEntityQueues } from "./EntityQueues.js"
import { type Exchange, makeInboxExchange } from "./InboxExchange.js"
import { makeRateLimit } from "./RateLimit.js"
import { defaultRetrySeconds } from "./RetrySchedule.js"
import type { Target } from "./Target.js"
import { makeUnsettled } from "./Unsettled.js"

export interface HandOverSettings {
  /** Events that the target gets at the same time; default 32. */
  readonly concurrency?: number
  /** Events a second at the most; no limit unless set. */
  readonly ratePerSecond?: number
  /** Waits before each further try, in seconds, before jitter; then the event is dead. */
  readonly retrySeconds?: ReadonlyArray<number>
}

export interface HandOver {
  /** Something may be due. `lookAgain`: also among events that the inbox has passed by. */
  readonly wake: (lookAgain?: boolean) => void
  readonly standing: () => HandOverStanding
  /** Hands over ready events for up to 3 s, waits for the events that the target has in hand, and settles them. */
  readonly stop: () => Promise<void>
}

export interface HandOverStanding {
  /** Tries that have ended since the start. */
  readonly ended: number
  readonly inHand: number
  /** Nothing is sent now: the breaker is open, or the rate is used up. */
  readonly pausing: boolean
}

export interface HandOverOptions extends HandOverSettings {
  readonly exchange: Exchange
  readonly target: Target
  readonly time: Timekeeper
  readonly metrics: Metrics
  readonly log: Log
  /** The inbox could not be read or written; tried again. */
  readonly onStuck: (reason: string) => void
  readonly onGoing: () => void
  readonly onWork?: OnWork | undefined
  readonly trace?: Trace | undefined
}

/** How long a stop hands over ready events; a backlog waits for the next start. */
const lastHandOverMs = 3_000
/** How long a stop waits for events in hand: as long as a program may take. Later they are handed over once more. */
const inHandMs = 60_000
/** How long a stop waits for an inbox that cannot be written, with nothing in hand. */
const lastSettlingMs = 3_000
/** Added to the time-out that a target states. */
const beyondTimeoutMs = 1_000

export const startHandOver = (options: HandOverOptions): HandOver => {
  const { concurrency = 32, log, metrics, ratePerSecond, retrySeconds = defaultRetrySeconds, target, time } = options
  const breaker = makeCircuitBreaker()
  const queues = makeEntityQueues()
  const unsettled = makeUnsettled()
  const rateLimit = makeRateLimit(ratePerSecond, time.now())
  const attempt = makeAttempt({ target, retrySeconds, metrics, log, trace: options.trace })
  let underWay = 0
  let ended = 0
  let stopped = false
  /** The receiver ended without the target's answer: nothing is settled any more. */
  let abandoned = false
  let working = false
  let cancelPause = (): void => undefined
  let pausedUntil: EpochMillis | null = null
  const whenIdle: Array<() => void> = []
  const whenNoneInHand: Array<() => void> = []

  const pauseUntil = (at: EpochMillis): void => {
    if (pausedUntil !== null && pausedUntil <= at) return
    cancelPause()
    pausedUntil = at
    cancelPause = time.at(at, () => {
      pausedUntil = null
      work()
    })
  }

  const settle = (event: ToHandOver, failure: FailedAttempt | null): void => {
    if (failure === null) {
      breaker.succeeded()
      unsettled.delivered(event.deliveryId)
    } else {
      const now = time.now()
      const { down, kind, retryAfterMs, retryInMs } = failure
      breaker.failed(now, down ? retryAfterMs : null, down)
      unsettled.failed(event.deliveryId, retryInMs === null ? null : now + retryInMs, kind)
      unsettled.returned(queues.failed(event, retryInMs !== null))
    }
    ended += 1
    underWay -= 1
    queues.done(event)
    work()
  }

  const handOverReady = (): void => {
    while (!stopped && queues.ready() > 0 && underWay < concurrency) {
      const now = time.now()
      if (!breaker.allows(now, underWay)) {
        const opensAt = breaker.opensAt()!
        if (opensAt > now) pauseUntil(opensAt)
        return
      }
      if (!rateLimit.allows(now)) return pauseUntil(rateLimit.allowsAt(now))
      const event = queues.next()
      underWay += 1
      rateLimit.spend()
      attempt(event, (failure) => settle(event, failure))
    }
  }

  const work = (): void => {
    if (abandoned) return
    if (!working) {
      working = true
      options.onWork?.(1)
    }
    handOverReady()
    metrics.handOverUnderWay.set(underWay)
    inbox.runIfDue(underWay === 0)
    if (underWay === 0) for (const resolve of whenNoneInHand.splice(0)) resolve()
    if (underWay > 0 || inbox.underWay()) return
    // Idle, or waiting for a moment: the time that passes until then is not this hand-over's work.
    working = false
    options.onWork?.(-1)
    for (const resolve of whenIdle.splice(0)) resolve()
  }

  const { exchange, onGoing, onStuck } = options
  const buffered = Math.max(128, concurrency * 4)
  const inbox = makeInboxExchange({
    exchange,
    queues,
    unsettled,
    buffered,
    time,
    onStuck,
    onGoing,
    onChange: work,
    onWork: options.onWork
  })

  return {
    wake: (again = false) => {
      inbox.wake(again)
      // A running exchange asks for more at its end.
      if (!inbox.underWay()) work()
    },
    standing: () => ({ ended, inHand: underWay, pausing: pausedUntil !== null }),
    stop: async () => {
      const idle = () => new Promise<void>((resolve) => whenIdle.push(resolve))
      const noneInHand = () => new Promise<void>((resolve) => whenNoneInHand.push(resolve))
      if (working) await within(lastHandOverMs, idle())
      stopped = true
      inbox.stop()
      cancelPause()
      const mayHoldMs = Math.min(inHandMs, (target.timeoutMs ?? inHandMs) + beyondTimeoutMs)
      const isHeld = underWay > 0 && !(await within(mayHoldMs, noneInHand()))
      if (isHeld || (working && !(await within(lastSettlingMs, idle())))) {
        abandoned = true
        inbox.abandon()
        const why = isHeld
          ? "stopped without the target's answer: what it has in hand is handed over again"
          : "stopped while the inbox could not be written: what the target took last is handed over again"
        log("warning", why, { events: isHeld ? underWay : unsettled.count() })
      }
      await target.close?.()
    }
  }
}
