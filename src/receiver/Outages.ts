/**
 * Outages that end while the receiver runs, or with its start: logged, and told to those who have to look for losses.
 */
import { approximateDuration } from "../domain/DurationText.js"
import type { Log } from "./operations/Log.js"

export interface Outages {
  /** A sign of life after so many milliseconds without one; `null` where there was no outage. */
  readonly ended: (awayMs: number | null) => void
  /** Calls the listener whenever one has ended; returns the stop. */
  readonly onBack: (listener: () => void) => () => void
}

const lossy =
  "no delivery was taken for a while, so some may be lost: reconciliation reads at once all that may lack them"

export const makeOutages = (log: Log): Outages => {
  const listeners = new Set<() => void>()
  return {
    ended: (awayMs) => {
      if (awayMs === null) return
      log("warning", lossy, { away: approximateDuration(awayMs / 1_000) })
      for (const listener of [...listeners]) listener()
    },
    onBack: (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    }
  }
}
