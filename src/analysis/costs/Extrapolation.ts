/**
 * Extrapolation of a window that is shorter than an interval its figures rest on. Pure.
 *
 * In the window itself a reconciliation counts at least one whole sweep (`sweepsIn`): a receiver sweeps when it
 * starts, and the replay counts that. Over the longer time sweeps count by their interval, and all other calls by
 * their rate.
 */
import { roundTo } from "../../domain/Quantiles.js"
import type { CallsAfterBreakdown, Extrapolation } from "../../domain/Report.js"
import type { ForecastWindow } from "./Forecast.js"

export interface RestsOn {
  readonly seconds: number
  readonly name: Extrapolation["restsOn"]
}

export interface WindowFigures {
  readonly window: ForecastWindow
  /** Calls of reconciliation over a longer span, in seconds. */
  readonly reconciliationOver: (seconds: number) => number
  readonly calls: number
  readonly parts: CallsAfterBreakdown
  readonly pollers: number
}

/** Factor from a window to a longer interval; 1 where the window is the longer. */
export const stretchTo = (seconds: number, window: ForecastWindow): number =>
  Math.max(1, (seconds * 1_000) / Math.max(1, window.to - window.from))

/** `null` where the window is at least as long as every interval. */
export const extrapolate = (figures: WindowFigures, intervals: ReadonlyArray<RestsOn>): Extrapolation | null => {
  const { calls, parts, pollers, reconciliationOver, window } = figures
  const fromSeconds = (window.to - window.from) / 1_000
  const longest = intervals.reduce<RestsOn | null>(
    (most, one) => (most === null || one.seconds > most.seconds ? one : most),
    null
  )
  if (longest === null || longest.seconds <= fromSeconds) return null
  const to = { fromSeconds, toSeconds: longest.seconds, restsOn: longest.name }
  // The window is too short to show a rhythm: no poller found does not mean none there.
  if (pollers === 0) return { ...to, calls: null, callsAfter: null, reduction: null }
  const stretch = stretchTo(longest.seconds, window)
  const before = Math.round(calls * stretch)
  const after = Math.round(
    reconciliationOver(longest.seconds) +
      parts.upkeep +
      (parts.hydration + parts.tuned + parts.kept + parts.retries) * stretch
  )
  return { ...to, calls: before, callsAfter: after, reduction: roundTo(1 - after / before, 4) }
}
