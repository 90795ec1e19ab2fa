/**
 * Calls of a path: their callers, when each goes out under the account's limit, how many a period has. A caller that
 * keeps to the limit waits for the next period; any other is refused. Some 10 ns a call.
 */
import type { HistorySink } from "../../domain/History.js"
import { nextPeriod, retryAfterMs, spacedUntil } from "../../providers/index.js"
import type { Scenario } from "./Scenario.js"
import type { Surroundings } from "./Surroundings.js"

export const purposes = ["poll", "reconciliation", "hydration", "retry"] as const
export const purpose = { poll: 0, reconciliation: 1, hydration: 2, retry: 3 } as const

export interface Calls {
  /** Within the window, by purpose. */
  readonly counts: Float64Array
  readonly refused: () => number
  /** Of all, settling included. */
  readonly total: () => number
  /** The most calls that a minute of the window had, those that stay and pushes that count as calls included. */
  readonly peakPerMinute: () => number
  /** When a caller that keeps to the limit may call, from `at` on. */
  readonly freeAt: (at: number) => number
  /**
   * Makes a call at a moment that is free; returns when it is answered, or `refused`. A process that has just started
   * does not know what was called before it. The call counts to the window if what it belongs to was begun in it.
   */
  readonly make: (what: number, at: number, who: string, status: number, begunAt: number) => number
  /** The caller's process ends: the next one learns of the limit by its calls. */
  readonly forget: () => void
  /** Makes a call whatever the limit; returns whether it was answered well. */
  readonly dare: (what: number, at: number, who: string) => boolean
  /** A push uses the limit as a call does; false where none is left, and then it uses nothing. */
  readonly takeForPush: (at: number) => boolean
  /** A call without an answer. */
  readonly fail: (what: number, at: number, who: string) => void
}

/** Result of `make` for a call that the provider refuses: it is made again, as a retry. */
export const refused = -1

/** Periods that are remembered: a caller that waits is ahead of the others by less. */
const ring = 8_192

/** Counts by period, in fixed room. */
const makePeriods = (periodMs: number) => {
  const counts = new Int32Array(ring)
  const of = new Float64Array(ring).fill(-1)
  return {
    used: (period: number): number => (of[period % ring] === period ? counts[period % ring]! : 0),
    set: (period: number, count: number): void => {
      of[period % ring] = period
      counts[period % ring] = count
    },
    clear: (): void => void of.fill(-1),
    /** Counts a call at that moment; returns the count of its period. */
    add: (at: number): number => {
      const period = Math.floor(at / periodMs)
      const slot = period % ring
      if (of[slot] !== period) {
        of[slot] = period
        counts[slot] = 0
      }
      counts[slot]! += 1
      return counts[slot]!
    }
  }
}

/** A process's knowledge of the limit, by its own calls and their answers. */
const makeLimiter = (calls: number, periodMs: number) => {
  const known = makePeriods(periodMs)
  let notBefore = 0
  let spacedIn = -1
  let pausedUntil = 0
  return {
    freeAt: (from: number): number => {
      for (let at = Math.max(from, pausedUntil); ; at = nextPeriod(at, periodMs)) {
        const period = Math.floor(at / periodMs)
        if (known.used(period) >= calls) continue
        const spaced = period === spacedIn ? Math.max(at, notBefore) : at
        if (Math.floor(spaced / periodMs) === period) return spaced
      }
    },
    /** An answer told how many calls the period has by now. */
    learn: (at: number, used: number): void => {
      const period = Math.floor(at / periodMs)
      known.set(period, used)
      const until = spacedUntil(calls, used, at, periodMs)
      if (until === 0) return
      notBefore = until
      spacedIn = period
    },
    pause: (until: number): void => {
      pausedUntil = Math.max(pausedUntil, until)
    },
    forget: (): void => {
      known.clear()
      spacedIn = -1
      pausedUntil = 0
    }
  }
}

export const makeCalls = (
  path: "polling" | "webhook",
  { callMs, from, keptPerMinute, limit, to }: Scenario,
  { callsWithin }: Surroundings,
  sink: HistorySink | null
): Calls => {
  const counts = new Float64Array(purposes.length)
  let refusals = 0
  let total = 0
  const minutes = makePeriods(60_000)
  const periods = makePeriods(limit?.periodMs ?? 60_000)
  const limiter = limit === null ? null : makeLimiter(callsWithin(limit.calls), limit.periodMs)
  const firstMinute = Math.floor(from / 60_000)
  let peak = 0

  const keptIn = (minute: number): number => keptPerMinute[minute - firstMinute] ?? 0

  const count = (what: number, at: number, who: string, status: number, begunAt = at): void => {
    total += 1
    const here = minutes.add(at)
    if (begunAt < to) {
      counts[what]! += 1
      peak = Math.max(peak, here + keptIn(Math.floor(at / 60_000)))
    }
    if (limit !== null) periods.add(at)
    if (sink !== null) sink({ k: "call", t: at, path, purpose: purposes[what]!, who, status })
  }

  return {
    counts,
    refused: () => refusals,
    total: () => total,
    peakPerMinute: () => keptPerMinute.reduce((most, calls) => Math.max(most, calls), peak),
    freeAt: (at) => (limiter === null ? at : limiter.freeAt(at)),
    make: (what, at, who, status, begunAt) => {
      if (limit === null || limiter === null) {
        count(what, at, who, status, begunAt)
        return at + callMs
      }
      const before = periods.used(Math.floor(at / limit.periodMs))
      const within = before < limit.calls
      count(what, at, who, within ? status : 429, begunAt)
      limiter.learn(at, Math.min(limit.calls, before + 1))
      if (within) return at + callMs
      limiter.pause(at + retryAfterMs(at, limit.periodMs))
      return refused
    },
    forget: () => limiter?.forget(),
    dare: (what, at, who) => {
      const within = limit === null || periods.used(Math.floor(at / limit.periodMs)) < limit.calls
      if (!within) refusals += 1
      count(what, at, who, within ? 200 : 429)
      return within
    },
    takeForPush: (at) => {
      if (limit !== null && periods.used(Math.floor(at / limit.periodMs)) >= limit.calls) return false
      const here = minutes.add(at)
      if (at < to) peak = Math.max(peak, here + keptIn(Math.floor(at / 60_000)))
      if (limit !== null) periods.add(at)
      return true
    },
    fail: (what, at, who) => count(what, at, who, 503)
  }
}
