/**
 * Outages that end while the receiver runs, or with its start: logged, and told to those who have to look for losses.
 */
import { approximateDuration } from "../domain/DurationText.js"
import type { Back } from "./inbox/Presence.js"
import type { Log } from "./operations/Log.js"

export interface Outages {
  /** A sign of life; `null` where no outage has ended with it. */
  readonly ended: (back: Back | null) => void
  /** Calls the listener whenever one has ended; returns the stop. */
  readonly onBack: (listener: () => void) => () => void
}

const lossy =
  "no delivery was taken for a while, so some may be lost: reconciliation reads at once all that may lack them"

const delivers =
  "a subscription delivers again that was switched off, changed or gone: reconciliation reads at once all that may have changed meanwhile"

export const makeOutages = (log: Log): Outages => {
  const listeners = new Set<() => void>()
  return {
    ended: (back) => {
      if (back === null) return
      if (back.awayMs === null) log("info", delivers)
      else log("warning", lossy, { away: approximateDuration(back.awayMs / 1_000) })
      for (const listener of [...listeners]) listener()
    },
    onBack: (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    }
  }
}
