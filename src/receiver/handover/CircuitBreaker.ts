/**
 * A circuit breaker: after some failures in a row no event is sent for a while, then one as a probe. It spares a
 * target that is down or refuses everything, and the events their tries. Pure; it is told the time.
 */
import type { EpochMillis } from "../../domain/Time.js"
import { longestStatedWaitMs } from "../../providers/index.js"

export interface CircuitBreaker {
  /** Whether an event may be sent now while `underWay` others are. */
  readonly allows: (now: EpochMillis, underWay: number) => boolean
  /** When it is worth asking again; `null` when it is closed. */
  readonly opensAt: () => EpochMillis | null
  readonly succeeded: () => void
  /**
   * `pauseMs`: how long the target asked to be left alone. `down`: it takes no event now; else the event itself may
   * be the reason.
   */
  readonly failed: (now: EpochMillis, pauseMs: number | null, down?: boolean) => void
}

/** Failures in a row after which the target counts as down. */
const threshold = 10
const shortestPauseMs = 1_000
const longestPauseMs = 60_000
/**
 * Failures in a row, of any kind, after which the target refuses everything. A few events that it cannot take never
 * come to so many.
 */
const refusals = 50
/** Short, since a run of bad events may stand before good ones: some 90 tries in 30 s in place of 82,500. */
const shortestRefusedMs = 100
const longestRefusedMs = 1_000

export const makeCircuitBreaker = (): CircuitBreaker => {
  let failures = 0
  let downs = 0
  let pauseMs = shortestPauseMs
  let refusedMs = shortestRefusedMs
  let until: EpochMillis | null = null
  return {
    allows: (now, underWay) => until === null || (now >= until && underWay === 0),
    opensAt: () => until,
    succeeded: () => {
      failures = 0
      downs = 0
      pauseMs = shortestPauseMs
      refusedMs = shortestRefusedMs
      until = null
    },
    failed: (now, asked, down = true) => {
      failures += 1
      downs = down ? downs + 1 : 0
      // Those that were under way when it opened change nothing; a probe that fails makes the pause longer.
      if (until !== null && now < until) return
      if (asked !== null) until = now + Math.min(asked, longestStatedWaitMs)
      else if (downs >= threshold) {
        until = now + pauseMs
        pauseMs = Math.min(pauseMs * 2, longestPauseMs)
      } else if (failures >= refusals) {
        until = now + refusedMs
        refusedMs = Math.min(refusedMs * 2, longestRefusedMs)
      }
    }
  }
}
