/** Slower fixed timers of a poller that keep every goal set for the types that it reads. Pure; spans in seconds. */
import { quantile, type Spread } from "../../domain/Quantiles.js"
import { failedSweepsOf, intervalsUntilSeen } from "../estimates/FailedSweeps.js"
import type { PollerEstimates } from "../estimates/PollerEstimates.js"
import { shareOf } from "../planning/Freshness.js"
import type { FreshnessGoal } from "../Settings.js"

const minute = 60
const hour = 60 * minute

/** Intervals as people set them. */
const usualIntervals: ReadonlyArray<number> = [
  ...[1, 2, 3, 4, 5, 10, 15, 20, 30, 45],
  ...[1, 1.5, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 40, 45].map((minutes) => minutes * minute),
  ...[1, 1.5, 2, 3, 4, 6, 8, 12, 24].map((hours) => hours * hour)
]

export interface SlowerTimer {
  readonly everySeconds: number
  /** Computed: a change waits for the first sweep that does not fail, and then for its answer. */
  readonly freshness: Spread
}

/** Usual intervals beyond today's that keep the goals, the slowest first. */
export const slowerTimers = (one: PollerEstimates, goals: ReadonlyArray<FreshnessGoal>): ReadonlyArray<SlowerTimer> => {
  const failed = failedSweepsOf(one.poller.sweeps)
  const intervals = (at: FreshnessGoal["at"]): number => intervalsUntilSeen(shareOf[at], failed)
  const answeredAfter = answerDelays(one, intervals)
  const most = Math.min(...goals.map(({ at, seconds }) => (seconds - answeredAfter(at)) / intervals(at)))
  return usualIntervals
    .filter((seconds) => seconds > one.poller.rhythm.intervalSeconds && seconds <= most)
    .reverse()
    .map((everySeconds) => {
      const freshAt = (at: FreshnessGoal["at"]): number => intervals(at) * everySeconds + answeredAfter(at)
      return { everySeconds, freshness: { p50: freshAt("p50"), p95: freshAt("p95"), max: freshAt("max") } }
    })
}

/** The part of today's freshness beyond the wait for a sweep: calls take time, changes show late, programs pause. */
const answerDelays = ({ lags, poller }: PollerEstimates, intervals: (at: FreshnessGoal["at"]) => number) => {
  const took = quantile(
    poller.sweeps.map(({ endedAt, startedAt }) => (endedAt - startedAt) / 1_000),
    0.95
  )
  return (at: FreshnessGoal["at"]): number => {
    const waits = intervals(at) * poller.rhythm.intervalSeconds
    return Math.max(took ?? 0, lags.spread === null ? 0 : lags.spread[at] - waits)
  }
}
