/**
 * Polling that goes on with another timer, query or page size, each with its calls and freshness over the same window.
 * Timers are simulated on the recorded changes. Pure.
 */
import { roundedDuration } from "../../domain/DurationText.js"
import type { Alternative } from "../../domain/Poller.js"
import type { Spread } from "../../domain/Quantiles.js"
import { tableOf } from "../../domain/Table.js"
import { type DetectedPoller, isSearchFeed, pageSizeOf } from "../detection/DetectedPoller.js"
import { failedSweepsOf, spreadBehindFailures } from "../estimates/FailedSweeps.js"
import type { PollerEstimates } from "../estimates/PollerEstimates.js"
import { risingByStamp } from "../estimates/SeenVersions.js"
import type { FreshnessGoal } from "../Settings.js"
import { slowerTimers } from "./SlowerTimers.js"

/** An alternative before its freshness is held against the goal. */
export type DraftAlternative = Omit<Alternative, "admissible" | "reconcileSeconds"> &
  Partial<Pick<Alternative, "reconcileSeconds">>

/** Polling that goes on with another timer, query or page size. `goals`: those of the types that it reads. */
export const tunedPolling = (
  one: PollerEstimates,
  goals: ReadonlyArray<FreshnessGoal>
): ReadonlyArray<DraftAlternative> =>
  one.yieldKnown
    ? [
        ...otherTimers(one, goals),
        ...timeFilter(one),
        ...listInPlaceOfSearch(one),
        ...largerPages(one),
        ...embeddedDetails(one),
        ...conditionalRequests(one)
      ]
    : []

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

const pagesOf = ({ sweeps }: DetectedPoller): number => sweeps.reduce((sum, sweep) => sum + sweep.pages, 0)

const detailCallsOf = ({ sweeps }: DetectedPoller): number => sweeps.reduce((sum, sweep) => sum + sweep.detailCalls, 0)

/** Mean yield of a sweep after the first. */
const meanYield = ({ sweeps }: DetectedPoller): number =>
  sweeps.slice(1).reduce((sum, sweep) => sum + (sweep.yield ?? 0), 0) / Math.max(1, sweeps.length - 1)

const otherTimers = (one: PollerEstimates, goals: ReadonlyArray<FreshnessGoal>): ReadonlyArray<DraftAlternative> => {
  const { poller } = one
  const { rhythm, sweeps } = poller
  // Moments of the changes by the program's clock.
  const moments = risingByStamp(one.versions, (_, updatedAt) => updatedAt - one.skewMs)
  const asNow = simulateTimer(one, moments, () => rhythm.intervalSeconds)
  // The ratio of recorded to simulated sweeps accounts for pauses and back-offs.
  const scale = sweeps.length / Math.max(1, asNow.sweeps)
  const pagesPerSweep = pagesOf(poller) / sweeps.length
  const callsOf = (simulated: SimulatedPolling, pages = pagesPerSweep) =>
    Math.round(Math.max(1, simulated.sweeps * scale) * pages + detailCallsOf(poller))
  const twice = simulateTimer(one, moments, () => rhythm.intervalSeconds * 2)
  const slower: DraftAlternative = {
    name: `every ${roundedDuration(rhythm.intervalSeconds * 2)}`,
    calls: callsOf(twice),
    freshnessSeconds: twice.freshness,
    burden: "one setting",
    risk: "twice as stale",
    lost: 0
  }
  const asSlow = asSlowAsGoals(one, goals, moments, callsOf)
  const fixed = asSlow === null || asSlow.name === slower.name ? [slower] : [slower, asSlow]
  if (poller.adaptive !== null) return fixed
  const adaptive = simulateTimer(one, moments, (empty, last) =>
    empty ? Math.min(rhythm.intervalSeconds * longest, last * growth) : rhythm.intervalSeconds
  )
  return [
    ...fixed,
    {
      name: `adaptive, ${roundedDuration(rhythm.intervalSeconds)} to ${roundedDuration(rhythm.intervalSeconds * longest)}`,
      calls: callsOf(adaptive),
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
  callsOf: (simulated: SimulatedPolling, pages: number) => number
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
      calls: callsOf(simulated, pages),
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

/** Only the changes since the last sweep, where the list has a time filter and the poller does not use it. */
const timeFilter = ({ lags, poller }: PollerEstimates): ReadonlyArray<DraftAlternative> => {
  const { endpoint, provider, stream, sweeps } = poller
  const filter = endpoint?.kind === "list" && !poller.fansOut ? endpoint.timeFilter : undefined
  if (filter === undefined || stream.query.includes(filter) || provider === null) return []
  const pagesPerSweep = pagesOf(poller) / sweeps.length
  const perSweep = Math.max(1, Math.ceil(meanYield(poller) / provider.maxPerPage))
  if (perSweep >= pagesPerSweep) return []
  return [
    {
      name: `${filter}= with an overlap`,
      calls: Math.round(pagesPerSweep + (sweeps.length - 1) * perSweep + detailCallsOf(poller)),
      freshnessSeconds: lags.spread,
      burden: "a change to the program's query, and a place to keep the cursor",
      risk: "without an overlap changes are lost; deletions do not show",
      lost: 0
    }
  ]
}

/** The list with a time filter, where a search is used as a feed of changes. */
const listInPlaceOfSearch = ({ lags, poller }: PollerEstimates): ReadonlyArray<DraftAlternative> => {
  const { endpoint, provider, sweeps } = poller
  const list = isSearchFeed(poller)
    ? provider?.endpoints.find(
        (other) => other.kind === "list" && other.entity === endpoint?.entity && other.timeFilter !== undefined
      )
    : undefined
  if (provider === null || list?.timeFilter === undefined) return []
  return [
    {
      name: `${list.timeFilter}= on ${list.template}`,
      calls: sweeps.length * Math.max(1, Math.ceil(meanYield(poller) / provider.maxPerPage)) + detailCallsOf(poller),
      freshnessSeconds: lags.spread,
      burden: "another endpoint, and a place to keep the cursor",
      risk: "without an overlap changes are lost; deletions do not show",
      lost: 0
    }
  ]
}

const largerPages = ({ lags, poller }: PollerEstimates): ReadonlyArray<DraftAlternative> => {
  const { endpoint, provider, sweeps } = poller
  if (provider === null || endpoint?.kind !== "list" || poller.fansOut) return []
  const fewest = sweeps.reduce(
    (sum, { items, pages }) => sum + Math.min(pages, Math.max(1, Math.ceil(items / provider.maxPerPage))),
    0
  )
  if (fewest >= pagesOf(poller)) return []
  return [
    {
      name: `per_page=${provider.maxPerPage}`,
      calls: fewest + detailCallsOf(poller),
      freshnessSeconds: lags.spread,
      burden: "one parameter",
      risk: "none",
      lost: 0
    }
  ]
}

const embeddedDetails = ({ lags, poller }: PollerEstimates): ReadonlyArray<DraftAlternative> => {
  const embeddable = detailCallsOf(poller) === 0 ? null : embeddedBy(poller)
  if (embeddable === null) return []
  return [
    {
      name: `include=${embeddable.join(",")}`,
      calls: pagesOf(poller),
      freshnessSeconds: lags.spread,
      burden: "one parameter, and reading the embedded part",
      risk: "an embed costs credits of the limit on top",
      lost: 0
    }
  ]
}

/** ETags, where the provider has answered 304. */
const conditionalRequests = ({ lags, poller }: PollerEstimates): ReadonlyArray<DraftAlternative> =>
  poller.own.recording.calls.status.includes(304)
    ? [
        {
          name: "conditional requests (ETag)",
          calls: poller.calls,
          freshnessSeconds: lags.spread,
          burden: "keep the ETag of each page",
          risk: "the calls stay, only bytes are saved",
          lost: 0
        }
      ]
    : []

/** Embeds (`include=`) that replace detail calls, by the path of the call. */
const embeds = tableOf({
  contacts: "requester",
  companies: "company",
  requesters: "requester"
})

const embeddedBy = ({ details }: DetectedPoller): ReadonlyArray<string> | null => {
  const names = details.map(({ recording }) => {
    const segments = recording.stream.template.split("/").filter((part) => part !== "")
    return segments.at(-1)?.startsWith("{") === true ? embeds[segments.at(-2) ?? ""] : undefined
  })
  return names.every((name) => name !== undefined) ? [...new Set(names)] : null
}
