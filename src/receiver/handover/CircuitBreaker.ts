/**
 * Spares a target that is down, and the events their tries: after some failures in a row nothing is sent for a while, then
 * one event as a probe. Pure but for the time it is told.
 */
import type { EpochMillis } from "../../domain/Time.js"
import { longestStatedWaitMs } from "../../providers/index.js"

export interface CircuitBreaker {
  /** Whether an event may be sent now, so many being under way. */
  readonly allows: (now: EpochMillis, underWay: number) => boolean
  /** When it is worth asking again; `null` when it is closed. */
  readonly opensAt: () => EpochMillis | null
  readonly succeeded: () => void
  /** `pauseMs`: how long the target asked to be left alone. */
  readonly failed: (now: EpochMillis, pauseMs: number | null) => void
}

/** Failures in a row that say: the target is down. */
const threshold = 10
const shortestPauseMs = 1_000
const longestPauseMs = 60_000

export const makeCircuitBreaker = (): CircuitBreaker => {
  let failures = 0
  let pauseMs = shortestPauseMs
  let until: EpochMillis | null = null
  return {
    allows: (now, underWay) => until === null || (now >= until && underWay === 0),
    opensAt: () => until,
    succeeded: () => {
      failures = 0
      pauseMs = shortestPauseMs
      until = null
    },
    failed: (now, asked) => {
      failures += 1
      // Those that were under way when it opened change nothing; a probe that fails makes the pause longer.
      if (until !== null && now < until) return
      if (asked !== null) until = now + Math.min(asked, longestStatedWaitMs)
      else if (failures >= threshold) {
        until = now + pauseMs
        pauseMs = Math.min(pauseMs * 2, longestPauseMs)
      }
    }
  }
}
