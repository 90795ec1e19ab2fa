/** Data for the report's charts: sweeps over the window, and quantiles of the lags. Pure. */
import type { PollerTimeline, Sweep } from "../../domain/Poller.js"
import { roundTo } from "../../domain/Quantiles.js"
import type { AnalysisSettings } from "../Settings.js"

/** Steps of the timeline. */
const steps = 96

export const timelineOf = (
  sweeps: ReadonlyArray<Sweep>,
  yieldKnown: boolean,
  { from, to }: AnalysisSettings["window"]
): PollerTimeline => {
  const stepSeconds = Math.max(1, Math.ceil((to - from) / 1_000 / steps))
  const counts = Array.from({ length: Math.max(1, Math.ceil((to - from) / 1_000 / stepSeconds)) }, () => 0)
  const empty = counts.map(() => 0)
  for (const [nth, sweep] of sweeps.entries()) {
    const step = Math.floor((sweep.startedAt - from) / 1_000 / stepSeconds)
    if (counts[step] === undefined) continue
    counts[step] += 1
    // The first sweep fills the cache.
    if (nth > 0 && sweep.yield === 0 && !sweep.failed) empty[step]! += 1
  }
  return { stepSeconds, sweeps: counts, empty: yieldKnown ? empty : null }
}

const parts = 20

/** Quantiles 0, 5, … 100 % of rising lags. */
export const lagQuantiles = (seconds: Float64Array): ReadonlyArray<number> | null =>
  seconds.length === 0
    ? null
    : Array.from({ length: parts + 1 }, (_, n) =>
        roundTo(seconds[Math.max(0, Math.ceil((n / parts) * seconds.length) - 1)]!, 1)
      )
