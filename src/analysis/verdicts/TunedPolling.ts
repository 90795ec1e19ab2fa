/**
 * Polling that goes on with another timer, query or page size, each with its calls and freshness over the same window.
 * Timers are simulated on the recorded changes. Pure.
 */
import { roundedDuration } from "../../domain/DurationText.js"
import type { Spread } from "../../domain/Quantiles.js"
import { type TunedSweeps, thinned } from "../costs/TunedSweeps.js"
import { pageSizeOf } from "../detection/DetectedPoller.js"
import { failedSweepsOf, spreadBehindFailures } from "../estimates/FailedSweeps.js"
import type { PollerEstimates } from "../estimates/PollerEstimates.js"
import { risingByStamp } from "../estimates/SeenVersions.js"
import type { FreshnessGoal } from "../Settings.js"
import { type DraftAlternative, detailCallsOf, meanYield, pagesOf } from "./DraftAlternative.js"
import { slowerTimers } from "./SlowerTimers.js"
import { tunedRequests } from "./TunedRequests.js"

/** Polling that goes on with another timer, query or page size. `goals`: those of the types that it reads. */
export const tunedPolling = (
  one: PollerEstimates,
  goals: ReadonlyArray<FreshnessGoal>
): ReadonlyArray<DraftAlternative> => (one.yieldKnown ? [...otherTimers(one, goals), ...tunedRequests(one)] : [])

interface SimulatedPolling {
  readonly sweeps: number
  readonly freshness: Spread | null
}

/**
 * Simulates a timer over the rising moments of the recorded changes; `nextSeconds` is told whether the last sweep was
 * empty, as a failed one is. As many sweeps fail as did.
 */
const simulateTimer = (
  { poller }: PollerEstimates,
  changes: Float64Array,
  nextSeconds: (empty: boolean, lastSeconds: number) => number
): SimulatedPolling => {
  const from = poller.sweeps[0]!.startedAt
  const to = poller.sweeps.at(-1)!.startedAt
  /** Until the first sweep that comes, with that sweep's own interval. */
  const waits: Array<{ readonly lag: number; readonly interval: number }> = []
  let sweeps = 1
  let wait = poller.rhythm.intervalSeconds
  let at = from
  let next = 0
  for (;;) {
    let found = 0
    while (next < changes.length && changes[next]! <= at) {
      waits.push({ lag: (at - changes[next]!) / 1_000, interval: wait })
      found += 1
      next += 1
    }
    wait = nextSeconds(found === 0, wait)
    at += wait * 1_000
    if (at > to) break
    sweeps += 1
  }
  const behind = (failedBefore: number): ReadonlyArray<number> =>
    waits.map(({ interval, lag }) => {
      let [seconds, last] = [lag, interval]
      for (let n = 0; n < failedBefore; n++) {
        last = nextSeconds(true, last)
        seconds += last
      }
      return seconds
    })
  return { sweeps, freshness: spreadBehindFailures(behind, failedSweepsOf(poller.sweeps)) }
}

/** Longest interval of a tuned timer, in intervals of today. */
const longest = 4
/** Growth of its interval after an empty sweep. */
const growth = 1.5

/** `pages`: of a sweep, on average. */
type CostOf = (
  simulated: SimulatedPolling,
  pages?: number,
  keepsFinds?: boolean
) => { readonly calls: number; readonly sweeps: () => TunedSweeps }

const otherTimers = (one: PollerEstimates, goals: ReadonlyArray<FreshnessGoal>): ReadonlyArray<DraftAlternative> => {
  const { poller } = one
  const { rhythm, sweeps } = poller
  // Moments of the changes by the program's clock.
  const moments = risingByStamp(one.versions, (_, updatedAt) => updatedAt - one.skewMs)
  const asNow = simulateTimer(one, moments, () => rhythm.intervalSeconds)
  // The ratio of recorded to simulated sweeps accounts for pauses and back-offs.
  const scale = sweeps.length / Math.max(1, asNow.sweeps)
  const pagesPerSweep = pagesOf(poller) / sweeps.length
  const sweepsOf = (simulated: SimulatedPolling): number => Math.max(1, simulated.sweeps * scale)
  const costOf: CostOf = (simulated, pages = pagesPerSweep, keepsFinds = false) => ({
    calls: Math.round(sweepsOf(simulated) * pages + detailCallsOf(poller)),
    sweeps: () => ({
      pages: thinned(sweeps, { share: sweepsOf(simulated) / sweeps.length, pagesPerSweep: pages, keepsFinds }),
      keepsDetails: true
    })
  })
  const twice = simulateTimer(one, moments, () => rhythm.intervalSeconds * 2)
  const slower: DraftAlternative = {
    name: `every ${roundedDuration(rhythm.intervalSeconds * 2)}`,
    ...costOf(twice),
    freshnessSeconds: twice.freshness,
    burden: "one setting",
    risk: "twice as stale",
    lost: 0
  }
  const asSlow = asSlowAsGoals(one, goals, moments, costOf)
  const fixed = asSlow === null || asSlow.name === slower.name ? [slower] : [slower, asSlow]
  if (poller.adaptive !== null) return fixed
  const adaptive = simulateTimer(one, moments, (empty, last) =>
    empty ? Math.min(rhythm.intervalSeconds * longest, last * growth) : rhythm.intervalSeconds
  )
  return [
    ...fixed,
    {
      name: `adaptive, ${roundedDuration(rhythm.intervalSeconds)} to ${roundedDuration(rhythm.intervalSeconds * longest)}`,
      ...costOf(adaptive, pagesPerSweep, true),
      freshnessSeconds: adaptive.freshness,
      burden: "a change to the program's timer",
      risk: "the first change after a quiet time waits longest",
      lost: 0
    }
  ]
}

/** As seldom as goals that are set allow; `null` without one, for today's freshness says nothing of a slower timer. */
const asSlowAsGoals = (
  one: PollerEstimates,
  goals: ReadonlyArray<FreshnessGoal>,
  moments: Float64Array,
  costOf: CostOf
): DraftAlternative | null => {
  const { poller } = one
  if (goals.length === 0 || goals.some(({ isTodays }) => isTodays === true)) return null
  for (const { everySeconds, freshness: computed } of slowerTimers(one, goals)) {
    const simulated = simulateTimer(one, moments, () => everySeconds)
    // Few changes in the window say little: the recorded ones may only worsen the computed freshness.
    const freshness = stalerOf(computed, simulated.freshness)
    if (goals.some(({ at, seconds }) => freshness[at] > seconds)) continue
    // More changes gather between two sweeps.
    const found = (meanYield(poller) * everySeconds) / poller.rhythm.intervalSeconds
    const pages = Math.max(pagesOf(poller) / poller.sweeps.length, Math.ceil(found / pageSizeOf(poller)))
    return {
      name: `every ${roundedDuration(everySeconds)}`,
      ...costOf(simulated, pages),
      freshnessSeconds: freshness,
      burden: "one setting",
      risk: "as stale as the goal allows",
      lost: 0
    }
  }
  return null
}

const stalerOf = (computed: Spread, recorded: Spread | null): Spread => ({
  p50: Math.max(computed.p50, recorded?.p50 ?? 0),
  p95: Math.max(computed.p95, recorded?.p95 ?? 0),
  max: Math.max(computed.max, recorded?.max ?? 0)
})
