/**
 * What else could be done instead of a poller, each with what it would have called and how fresh it would have been over the
 * same window and the same changes. Tuned polling is played through on the recorded changes. Pure.
 */
import type { Alternative, PollerAssessment } from "../../domain/Poller.js"
import { roundEach, roundTo, type Spread, spread } from "../../domain/Quantiles.js"
import { tableOf } from "../../domain/Table.js"
import { forecastFreshness } from "../costs/Forecast.js"
import type { CostShare } from "../costs/MigrationCosts.js"
import type { DetectedPoller } from "../detection/DetectedPoller.js"
import { isSearchFeed } from "../detection/DetectedPoller.js"
import type { PollerEstimates } from "../estimates/PollerEstimates.js"
import { risingByStamp } from "../estimates/SeenVersions.js"
import type { FreshnessGoal } from "../Settings.js"

/** What webhooks would call for this poller at a reconciliation interval. */
export interface WebhookCost extends CostShare {
  readonly reconcileSeconds: number
}

type Drafted = Omit<Alternative, "admissible" | "reconcileSeconds"> & Partial<Pick<Alternative, "reconcileSeconds">>

export const alternativesOf = (
  one: PollerEstimates,
  webhooks: ReadonlyArray<WebhookCost>,
  goal: FreshnessGoal | null
): PollerAssessment["alternatives"] => {
  const drafts: ReadonlyArray<Drafted> = [asIs(one), ...tuned(one), ...pushed(one, webhooks)]
  return drafts.map((draft) => ({
    ...draft,
    reconcileSeconds: draft.reconcileSeconds ?? null,
    freshnessSeconds: roundEach(draft.freshnessSeconds, 1),
    admissible: draft.lost === 0 && meets(draft.freshnessSeconds, goal)
  }))
}

/** What is not known is not held against it. */
export const meets = (freshness: Spread | null, goal: FreshnessGoal | null): boolean =>
  goal === null || freshness === null || freshness[goal.at] <= goal.seconds

const asIs = ({ lags, poller }: PollerEstimates): Drafted => ({
  name: "as is",
  calls: poller.calls,
  freshnessSeconds: lags.spread,
  burden: "none",
  risk: "none that is new",
  lost: 0
})

interface Played {
  readonly sweeps: number
  readonly freshness: Spread | null
}

/** Plays a timer over the moments of the recorded changes, which rise; the timer is told whether the last sweep was empty. */
const play = (
  { poller }: PollerEstimates,
  changes: Float64Array,
  nextSeconds: (empty: boolean, lastSeconds: number) => number
): Played => {
  const from = poller.sweeps[0]!.startedAt
  const to = poller.sweeps.at(-1)!.startedAt
  const lags: Array<number> = []
  let sweeps = 1
  let wait = poller.rhythm.intervalSeconds
  let at = from
  let next = 0
  for (;;) {
    let found = 0
    while (next < changes.length && changes[next]! <= at) {
      lags.push((at - changes[next]!) / 1_000)
      found += 1
      next += 1
    }
    wait = nextSeconds(found === 0, wait)
    at += wait * 1_000
    if (at > to) break
    sweeps += 1
  }
  return { sweeps, freshness: spread(lags) }
}

/** Tuned timers go up to so many times the interval. */
const longest = 4
const growth = 1.5

const tuned = (one: PollerEstimates): ReadonlyArray<Drafted> => {
  const { poller, yieldKnown } = one
  const { endpoint, provider, rhythm, stream, sweeps } = poller
  if (!yieldKnown) return []
  const pages = sweeps.reduce((sum, sweep) => sum + sweep.pages, 0)
  const details = sweeps.reduce((sum, sweep) => sum + sweep.detailCalls, 0)
  const pagesPerSweep = pages / sweeps.length
  // By the program's clock.
  const moments = risingByStamp(one.versions, (_, updatedAt) => updatedAt - one.skewMs)
  const asNow = play(one, moments, () => rhythm.intervalSeconds)
  // Played and recorded sweeps differ by pauses and back-offs; their ratio takes that out.
  const scale = sweeps.length / Math.max(1, asNow.sweeps)
  const callsOf = (played: Played) => Math.round(played.sweeps * scale * pagesPerSweep + details)
  const drafts: Array<Drafted> = []
  const twice = play(one, moments, () => rhythm.intervalSeconds * 2)
  drafts.push({
    name: `every ${Math.round(rhythm.intervalSeconds * 2)} s`,
    calls: callsOf(twice),
    freshnessSeconds: twice.freshness,
    burden: "one setting",
    risk: "twice as stale",
    lost: 0
  })
  if (poller.adaptive === null) {
    const adaptive = play(one, moments, (empty, last) =>
      empty ? Math.min(rhythm.intervalSeconds * longest, last * growth) : rhythm.intervalSeconds
    )
    drafts.push({
      name: `adaptive, ${Math.round(rhythm.intervalSeconds)} to ${Math.round(rhythm.intervalSeconds * longest)} s`,
      calls: callsOf(adaptive),
      freshnessSeconds: adaptive.freshness,
      burden: "a change to the program's timer",
      risk: "the first change after a quiet time waits longest",
      lost: 0
    })
  }
  const fresh = sweeps.slice(1).reduce((sum, sweep) => sum + (sweep.yield ?? 0), 0) / Math.max(1, sweeps.length - 1)
  const filter = endpoint?.kind === "list" && !poller.fansOut ? endpoint.timeFilter : undefined
  if (filter !== undefined && !stream.query.includes(filter) && provider !== null) {
    const perSweep = Math.max(1, Math.ceil(fresh / provider.maxPerPage))
    if (perSweep < pagesPerSweep) {
      drafts.push({
        name: `${filter}= with an overlap`,
        calls: Math.round(pagesPerSweep + (sweeps.length - 1) * perSweep + details),
        freshnessSeconds: one.lags.spread,
        burden: "a change to the program's query, and a place to keep the cursor",
        risk: "without an overlap changes are lost; deletions do not show",
        lost: 0
      })
    }
  }
  const list = isSearchFeed(poller)
    ? provider?.endpoints.find(
        (other) => other.kind === "list" && other.entity === endpoint?.entity && other.timeFilter !== undefined
      )
    : undefined
  if (provider !== null && list?.timeFilter !== undefined) {
    drafts.push({
      name: `${list.timeFilter}= on ${list.template}`,
      calls: sweeps.length * Math.max(1, Math.ceil(fresh / provider.maxPerPage)) + details,
      freshnessSeconds: one.lags.spread,
      burden: "another endpoint, and a place to keep the cursor",
      risk: "without an overlap changes are lost; deletions do not show",
      lost: 0
    })
  }
  if (provider !== null && endpoint?.kind === "list" && !poller.fansOut) {
    const fewest = sweeps.reduce(
      (sum, { items, pages: own }) => sum + Math.min(own, Math.max(1, Math.ceil(items / provider.maxPerPage))),
      0
    )
    if (fewest < pages) {
      drafts.push({
        name: `per_page=${provider.maxPerPage}`,
        calls: fewest + details,
        freshnessSeconds: one.lags.spread,
        burden: "one parameter",
        risk: "none",
        lost: 0
      })
    }
  }
  const embeddable = details === 0 ? null : embeddedBy(poller)
  if (embeddable !== null) {
    drafts.push({
      name: `include=${embeddable.join(",")}`,
      calls: pages,
      freshnessSeconds: one.lags.spread,
      burden: "one parameter, and reading the embedded part",
      risk: "an embed costs credits of the limit on top",
      lost: 0
    })
  }
  const conditional = notModified(poller)
  if (conditional > 0) {
    drafts.push({
      name: "conditional requests (ETag)",
      calls: poller.calls,
      freshnessSeconds: one.lags.spread,
      burden: "keep the ETag of each page",
      risk: "the calls stay, only bytes are saved",
      lost: 0
    })
  }
  return drafts
}

/** What a list can embed instead of one more call for each item: by the path of the call. */
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

const notModified = ({ own }: DetectedPoller): number => {
  let count = 0
  for (const status of own.recording.calls.status) if (status === 304) count += 1
  return count
}

const pushed = (
  { coverage, poller, yieldKnown }: PollerEstimates,
  webhooks: ReadonlyArray<WebhookCost>
): ReadonlyArray<Drafted> => {
  const known = coverage[0]
  if (!yieldKnown || known === undefined || webhooks.length === 0) return []
  const share = known.share ?? 1
  const { changes, pushed: told, unknown = 0 } = known.coverage
  // The worse end: unknown changes count as not pushed.
  const uncovered = changes - told + unknown
  const bare = webhooks.at(-1)!
  return [
    {
      name: "webhooks alone",
      // Without the sweeps nothing is left but what the events themselves cost.
      calls: Math.max(0, Math.min(bare.calls, poller.calls) - sweepsOf(bare, webhooks)),
      freshnessSeconds: forecastFreshness(1, bare.reconcileSeconds),
      burden: "a receiver",
      risk: `${unknown === 0 ? "" : "up to "}${uncovered} of the ${changes + unknown} changes seen fire no event and never arrive, nor does a push that is lost`,
      lost: uncovered
    },
    ...webhooks.map((one) => ({
      name: `webhooks, reconciled every ${spanOf(one.reconcileSeconds)}`,
      reconcileSeconds: one.reconcileSeconds,
      calls: one.calls,
      freshnessSeconds: forecastFreshness(share, one.reconcileSeconds),
      burden: "a receiver, subscriptions, a reconciliation",
      risk:
        uncovered === 0
          ? "a lost push waits for reconciliation"
          : `what fires no event waits up to ${spanOf(one.reconcileSeconds)}`,
      lost: 0
    }))
  ]
}

/** Of two intervals the difference in calls is the difference in sweeps. */
const sweepsOf = (slowest: WebhookCost, webhooks: ReadonlyArray<WebhookCost>): number => {
  const fastest = webhooks[0]!
  if (fastest.reconcileSeconds >= slowest.reconcileSeconds) return 0
  const perInterval = (fastest.calls - slowest.calls) / (1 / fastest.reconcileSeconds - 1 / slowest.reconcileSeconds)
  return Math.max(0, Math.round(perInterval / slowest.reconcileSeconds))
}

const spanOf = (seconds: number): string =>
  seconds % 86_400 === 0
    ? `${seconds / 86_400} d`
    : seconds % 3_600 === 0
      ? `${seconds / 3_600} h`
      : `${roundTo(seconds / 60, 1)} min`
