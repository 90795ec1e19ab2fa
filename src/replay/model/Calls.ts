/**
 * Calls of one path: who makes them, when each goes out under the account's limit, how many a period has. A caller that
 * keeps to the limit waits for the next period; one that does not is refused. Some 10 ns a call.
 */
import type { HistorySink } from "../../domain/History.js"
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
  /** The most calls that a minute of the window had, those that stay included. */
  readonly peakPerMinute: () => number
  /**
   * Makes a call as soon as the limit lets it, from `at` on; returns when it is answered. It counts to the window if what it
   * belongs to was begun in it.
   */
  readonly make: (what: number, at: number, who: string, status: number, begunAt: number) => number
  /** Makes a call whatever the limit; returns whether it was answered well. */
  readonly dare: (what: number, at: number, who: string) => boolean
  /** A call that nobody answers. */
  readonly fail: (what: number, at: number, who: string) => void
}

/** Periods that are remembered: a caller that waits is ahead of the others by less. */
const ring = 8_192

/** Counts by period, in fixed room. */
const makePeriods = (periodMs: number) => {
  const counts = new Int32Array(ring)
  const of = new Float64Array(ring).fill(-1)
  return {
    used: (period: number): number => (of[period % ring] === period ? counts[period % ring]! : 0),
    /** One more at that moment; how many its period has. */
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

export const makeCalls = (
  path: "polling" | "webhook",
  { callMs, from, keptPerMinute, limit, to }: Scenario,
  { mayCall }: Surroundings,
  sink: HistorySink | null
): Calls => {
  const counts = new Float64Array(purposes.length)
  let refused = 0
  let total = 0
  const minutes = makePeriods(60_000)
  const periods = makePeriods(limit?.periodMs ?? 60_000)
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
    refused: () => refused,
    total: () => total,
    peakPerMinute: () => keptPerMinute.reduce((most, calls) => Math.max(most, calls), peak),
    make: (what, at, who, status, begunAt) => {
      let when = at
      if (limit !== null) {
        let period = Math.floor(when / limit.periodMs)
        while (!mayCall(periods.used(period), limit.calls)) {
          period += 1
          when = period * limit.periodMs
        }
      }
      count(what, when, who, status, begunAt)
      return when + callMs
    },
    dare: (what, at, who) => {
      const within = limit === null || periods.used(Math.floor(at / limit.periodMs)) < limit.calls
      if (!within) refused += 1
      count(what, at, who, within ? 200 : 429)
      return within
    },
    fail: (what, at, who) => count(what, at, who, 503)
  }
}
