/**
 * From the inbox to the target: at least once, per entity in order, entities beside each other, with retries that back off
 * and then dead letters. The queue is the inbox's (inbox/HandOverQueue.ts); this holds what was given out, sends it, and
 * tells the queue in one exchange what became of it while asking for more. Plain TypeScript: 5,000 events/s and more.
 */
import type { EpochMillis, Timekeeper } from "../../domain/Time.js"
import { within } from "../Deadlines.js"
import type { ToHandOver } from "../inbox/Delivery.js"
import type { Settlement, Taken } from "../inbox/HandOverQueue.js"
import type { Log } from "../operations/Log.js"
import type { Metrics } from "../operations/Metrics.js"
import type { Trace } from "../operations/Tracing.js"
import { makeCircuitBreaker } from "./CircuitBreaker.js"
import { defaultRetrySeconds, retryWaitMs } from "./RetrySchedule.js"
import { failureOf, type Target } from "./Target.js"

export interface HandOverSettings {
  /** Events that the target gets at the same time; default 32. */
  readonly concurrency?: number
  /** Events a second at the most; no limit unless set. */
  readonly ratePerSecond?: number
  /** Waits before each further try, in seconds, before jitter; then the event is dead. */
  readonly retrySeconds?: ReadonlyArray<number>
}

export interface HandOver {
  /** Something may be due. `lookAgain`: also among what was passed by. */
  readonly wake: (lookAgain?: boolean) => void
  readonly idle: () => boolean
  readonly standing: () => HandOverStanding
  /** Hands over what is ready, for some seconds at the most; waits for what the target has in hand, and settles it. */
  readonly stop: () => Promise<void>
}

export interface HandOverStanding {
  /** Tries that have ended since the start. */
  readonly ended: number
  readonly inHand: number
  /** Nothing is sent now: the target takes nothing, or not so much. */
  readonly pausing: boolean
}

export interface HandOverOptions extends HandOverSettings {
  readonly exchange: (settlement: Settlement, want: number, now: EpochMillis, lookAgain: boolean) => Promise<Taken>
  readonly target: Target
  readonly time: Timekeeper
  readonly metrics: Metrics
  readonly log: Log
  /** The inbox could not be read or written; tried again. */
  readonly onStuck: (reason: string) => void
  readonly onGoing: () => void
  readonly onWork?: ((change: 1 | -1) => void) | undefined
  readonly trace?: Trace | undefined
}

/** A stop hands over what is ready for so long; a backlog waits for the next start. */
const lastHandOverMs = 3_000
/** And waits so long for what the target has in hand: as long as a program may take. Later it is handed over once more. */
const inHandMs = 60_000
/** A target that states how long it may take is not waited for much longer. */
const beyondTimeoutMs = 1_000
const exchangeAgainAfterMs = 1_000
/** Whatever a schedule or a target asks for: 30 days. */
const longestWaitMs = 30 * 86_400_000
/** Delivered events are settled together, this many at a time, or when nothing else is to be done. */
const settleTogether = 64

export const startHandOver = (options: HandOverOptions): HandOver => {
  const { concurrency = 32, log, metrics, ratePerSecond, retrySeconds = defaultRetrySeconds, target, time } = options
  const buffered = Math.max(128, concurrency * 4)
  const breaker = makeCircuitBreaker()

  /** Not started yet, by entity, in order; an entity is here or in `active`, or its later events wait behind its first. */
  const ready: Array<ToHandOver> = []
  const behind = new Map<string, Array<ToHandOver>>()
  /** Entities of which one has failed that the queue has not been told of: what it gives out of them meanwhile goes back. */
  const failing = new Set<string>()
  let underWay = 0
  let held = 0
  let ended = 0
  let delivered: Array<number> = []
  let failed: Array<{ id: number; retryAt: EpochMillis | null; error: string }> = []
  let returned: Array<number> = []

  let wanted = false
  let wakes = 0
  let lookAgain = false
  let exchanging = false
  let stopped = false
  /** What the target had in hand when the receiver ended is nothing to be settled any more. */
  let left = false
  let working = false
  let cancelDue = (): void => undefined
  let cancelPause = (): void => undefined
  let pausedUntil: EpochMillis | null = null
  const whenIdle: Array<() => void> = []
  let tokens = ratePerSecond ?? 0
  let filledAt = time.now()

  const keyOf = (event: ToHandOver): string => `${event.source}\0${event.entity}\0${event.entityId}`
  const settling = (): number => delivered.length + failed.length + returned.length

  const take = (events: ReadonlyArray<ToHandOver>): void => {
    for (const event of events) {
      const key = keyOf(event)
      if (failing.has(key)) {
        returned.push(event.deliveryId)
        continue
      }
      held += 1
      const queue = behind.get(key)
      if (queue === undefined) {
        behind.set(key, [])
        ready.push(event)
      } else queue.push(event)
    }
  }

  const hasToken = (): boolean => {
    if (ratePerSecond === undefined) return true
    const now = time.now()
    tokens = Math.min(ratePerSecond, tokens + (Math.max(0, now - filledAt) / 1000) * ratePerSecond)
    filledAt = now
    return tokens >= 1
  }

  const pauseUntil = (at: EpochMillis): void => {
    if (pausedUntil !== null && pausedUntil <= at) return
    cancelPause()
    pausedUntil = at
    cancelPause = time.at(at, () => {
      pausedUntil = null
      work()
    })
  }

  const start = (event: ToHandOver): void => {
    underWay += 1
    tokens -= 1
    const key = keyOf(event)
    const from = options.trace === undefined ? 0 : performance.now()
    const traced = (result: string, failure: string | null): void =>
      options.trace?.({
        name: "hookshift.hand_over",
        kind: "client",
        from,
        attributes: { source: event.source, entity: event.entity, attempt: event.attempts + 1, result },
        failure
      })
    const next = (): void => {
      ended += 1
      underWay -= 1
      held -= 1
      const queue = behind.get(key)!
      const following = queue.shift()
      if (following === undefined) behind.delete(key)
      else ready.push(following)
      work()
    }
    // A target that throws at once has failed like one that rejects.
    new Promise<void>((resolve) => resolve(target.deliver(event))).then(
      () => {
        breaker.succeeded()
        delivered.push(event.deliveryId)
        metrics.handedOver.inc({ source: event.source, result: "delivered" })
        traced("delivered", null)
        next()
      },
      (error: unknown) => {
        const { down, kind, retryAfterMs } = failureOf(error)
        const now = time.now()
        breaker.failed(now, down ? retryAfterMs : null, down)
        const wait = retryWaitMs(retrySeconds, event.attempts, event.deliveryId)
        failed.push({
          id: event.deliveryId,
          retryAt: wait === null ? null : now + Math.round(Math.min(longestWaitMs, Math.max(wait, retryAfterMs ?? 0))),
          error: kind
        })
        const result = wait === null ? "dead" : "failed"
        metrics.handedOver.inc({ source: event.source, result })
        traced(result, kind)
        if (wait === null)
          log("error", "an event was given up: hookshift inbox retry hands it over again", {
            source: event.source,
            delivery: event.deliveryId,
            kind
          })
        else log("warning", "the target did not take an event", { source: event.source, kind })
        failing.add(key)
        if (wait !== null) {
          // The entity's later events wait behind this one, in the inbox.
          const queue = behind.get(key)!
          held -= queue.length
          returned.push(...queue.splice(0).map(({ deliveryId }) => deliveryId))
        }
        next()
      }
    )
  }

  const exchange = (): void => {
    exchanging = true
    const settlement: Settlement = { delivered, failed, returned }
    const told = [...failing]
    delivered = []
    failed = []
    returned = []
    const want = stopped || !wanted ? 0 : Math.max(0, buffered - held)
    const wokenBefore = wakes
    const again = lookAgain
    lookAgain = false
    options.exchange(settlement, want, time.now(), again).then(
      ({ events, nextDue }) => {
        exchanging = false
        options.onGoing()
        for (const key of told) failing.delete(key)
        if (want > 0 && wakes === wokenBefore) wanted = events.length > 0
        take(events)
        cancelDue()
        if (nextDue !== null && !stopped)
          cancelDue = time.at(Math.max(nextDue, time.now() + 10), () => {
            wanted = true
            work()
          })
        work()
      },
      (error: { readonly reason?: string }) => {
        options.onStuck(error.reason ?? "unknown")
        // The disk is full or the file locked: settled again later; a crash before that hands over once more.
        delivered.unshift(...settlement.delivered)
        failed.unshift(...settlement.failed)
        returned.unshift(...settlement.returned)
        lookAgain ||= again
        // The time that passes until then is not this one's work.
        options.onWork?.(-1)
        time.at(time.now() + exchangeAgainAfterMs, () => {
          options.onWork?.(1)
          exchanging = false
          work()
        })
      }
    )
  }

  const work = (): void => {
    if (left) return
    if (!working) {
      working = true
      options.onWork?.(1)
    }
    while (!stopped && ready.length > 0 && underWay < concurrency) {
      const now = time.now()
      if (!breaker.allows(now, underWay)) {
        const opensAt = breaker.opensAt()!
        if (opensAt > now) pauseUntil(opensAt)
        break
      }
      if (!hasToken()) {
        pauseUntil(now + Math.ceil(((1 - tokens) / ratePerSecond!) * 1000))
        break
      }
      start(ready.shift()!)
    }
    metrics.handOverUnderWay.set(underWay)
    if (!exchanging) {
      const low = wanted && !stopped && held <= buffered / 2
      if (low || failed.length > 0 || settling() >= settleTogether || (settling() > 0 && underWay === 0)) exchange()
    }
    if (underWay > 0 || exchanging) return
    // Idle, or waiting for a moment: the time that passes until then is not this one's work.
    working = false
    options.onWork?.(-1)
    for (const resolve of whenIdle.splice(0)) resolve()
  }

  return {
    wake: (again = false) => {
      wanted = true
      wakes += 1
      lookAgain ||= again
      // Underneath a running exchange the next turn of it will ask for more.
      if (!exchanging) work()
    },
    idle: () => !working,
    standing: () => ({ ended, inHand: underWay, pausing: pausedUntil !== null }),
    stop: async () => {
      const idle = () => new Promise<void>((resolve) => whenIdle.push(resolve))
      if (working) await within(lastHandOverMs, idle())
      stopped = true
      cancelDue()
      cancelPause()
      const mayHoldMs = Math.min(inHandMs, (target.timeoutMs ?? inHandMs) + beyondTimeoutMs)
      if (working && !(await within(mayHoldMs, idle()))) {
        left = true
        log("warning", "stopped without the target's answer: what it has in hand is handed over again", {
          events: underWay
        })
      }
      await target.close?.()
    }
  }
}
