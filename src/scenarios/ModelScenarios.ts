/**
 * From an analysed recording to the model's scenarios: for each account its entities and changes, the pollers that
 * were found, the routes that were planned. Changes come from the recording, or are given: the truth, or a file of
 * them.
 */
import type { AccountNeeds, Analysis } from "../analysis/index.js"
import type { FaultSettings } from "../audit/index.js"
import type { PollerAssessment } from "../domain/Poller.js"
import type { EpochMillis } from "../domain/Time.js"
import { isReplaced } from "../domain/Verdict.js"
import { overlapMs, readableAfterMs, wholeWithinMs } from "../policy/index.js"
import {
  convertIntervals,
  longestReadLagMs,
  type Provider,
  periodMs,
  providerOf,
  slowestInterval
} from "../providers/index.js"
import type { EntityTypeSpec, FaultSpec, ModelAccount, Scenario } from "../replay/index.js"
import { completedTimeline, type GivenChange, givenTimeline } from "./CompletedTimeline.js"
import { keptBy, keptPerMinute, pollerOf, unseenOf } from "./PollerSpecs.js"
import { lastDay, readRecording, timelineOf } from "./RecordedTimeline.js"
import { routeSpecsOf, tablesOf, typesOf } from "./ScenarioColumns.js"

export interface ScenarioSettings {
  readonly db: string
  readonly seed: number
  /** `null`: as often as each account is reconciled. */
  readonly reconcileSeconds: number | null
  readonly faults: FaultSettings
  /** Changes in place of the recorded ones. */
  readonly changes: ReadonlyArray<GivenChange> | null
}

/** Duration of one call, about the mean of the wire replay's stated model (docs/replay.md). */
const callMs = 150
/** Copies of a delivery come within the retries of its policy. */
const rememberMs = 6 * 3_600_000

export const scenariosOf = (analysis: Analysis, settings: ScenarioSettings): ReadonlyArray<ModelAccount> =>
  analysis.needs.flatMap((need) => {
    const provider = providerOf(need.product)
    return provider === null || need.planned.events.size === 0 ? [] : [accountOf(analysis, need, provider, settings)]
  })

const accountOf = (
  analysis: Analysis,
  need: AccountNeeds,
  provider: Provider,
  settings: ScenarioSettings
): ModelAccount => {
  const window = lastDay(analysis.window)
  const reconcileMs = (settings.reconcileSeconds ?? need.reconcileSeconds) * 1_000
  const own = convertIntervals(need.own, (seconds) => seconds * 1_000)
  const { calls, versions } = readRecording(settings.db, need.account, window)
  const recorded = timelineOf(versions, calls, provider, window.from)
  const timeline =
    settings.changes === null ? recorded : givenTimeline(provider, settings.changes, need.account, recorded, window)
  const types = typesOf(provider, need)
  const table = tablesOf(
    completedTimeline(timeline, types, need, provider.product, window, settings.seed),
    types,
    provider,
    need
  )
  const pollers = analysis.pollers.filter(({ account }) => account === need.account)
  const replaced = pollers.filter(isReplaced)
  const limits = analysis.rateLimits.find(({ account }) => account === need.account)
  // Where both periods have a limit the model keeps to the product's own, the hour's.
  const perHour = limits?.limitPerHour != null
  const limit = perHour ? limits.limitPerHour : (limits?.limitPerMinute ?? null)
  const sender = provider.deliveryPolicies["brief"] ?? Object.values(provider.deliveryPolicies)[0]!
  const retryAfterMs = sender.retryAfterSeconds.map((seconds) => seconds * 1_000)
  const faults = faultsOf(settings.faults, window.from)
  const [firstRoute, ...further] = routeSpecsOf(provider, need.planned.routes)
  const scenario: Scenario = {
    account: need.account,
    ...window,
    // Pushes that share the limit may wait for the next hour.
    settledAt:
      settledAt(
        window.to,
        Math.min(wholeWithinMs, slowestInterval(reconcileMs, own)),
        types,
        retryAfterMs,
        faults,
        replaced
      ) +
      ([firstRoute, ...further].some((route) => route?.allowance === "limit") && limit !== null ? periodMs.hour : 0),
    seed: settings.seed,
    types,
    entities: table.entities,
    changes: table.changes,
    stampMs: timeline.changes.every(({ updatedAt }) => updatedAt % 1_000 === 0) ? 1_000 : 1,
    readLagMs: longestReadLagMs,
    callMs,
    pollers: replaced.map((poller) => pollerOf(poller, provider, need, types)),
    delivery: {
      retryAfterMs,
      ...firstRoute!,
      ...(further.length === 0 ? {} : { further }),
      ackWithinMs: sender.ackWithinSeconds * 1_000
    },
    receiver: {
      reconcileMs,
      own,
      overlapMs,
      readableWithinMs: readableAfterMs,
      commitMs: 0,
      applyMs: 0,
      rememberMs
    },
    faults,
    limit: limit === null ? null : { calls: limit, periodMs: perHour ? 3_600_000 : 60_000 },
    keptPerMinute: keptPerMinute(settings.db, need.account, window, replaced, keptBy(analysis, need.account, window))
  }
  return { scenario, ids: table.ids, unseen: settings.changes === null ? unseenOf(replaced, provider, types) : [] }
}

const faultsOf = (faults: FaultSettings, from: EpochMillis): FaultSpec => ({
  drop: faults.drop,
  duplicate: faults.duplicate,
  reorder: faults.reorder,
  delay: faults.delay,
  slowAck: faults.slowAck,
  windows: faults.spans.map(({ afterSeconds, kind, seconds }) => ({
    kind,
    from: from + afterSeconds * 1_000,
    to: from + (afterSeconds + seconds) * 1_000
  })),
  restarts: faults.restarts.map((seconds) => from + seconds * 1_000),
  skewMs: faults.skewSeconds * 1_000
})

/** When all that may still come has come: the last try, a sweep of every kind, and one of each poller. */
const settledAt = (
  to: EpochMillis,
  reconcileMs: number,
  types: ReadonlyArray<EntityTypeSpec>,
  retryAfterMs: ReadonlyArray<number>,
  faults: FaultSpec,
  pollers: ReadonlyArray<PollerAssessment>
): EpochMillis => {
  const rarest = types.reduce((most, { sweep }) => Math.max(most, sweep.wholeEvery ?? 1, sweep.parent?.every ?? 1), 1)
  const tries = retryAfterMs.reduce((sum, wait) => sum + wait, 0)
  const slowest = pollers.reduce((most, { intervalSeconds }) => Math.max(most, intervalSeconds * 1_000), 0)
  const faultsEnd = faults.windows.reduce((last, window) => Math.max(last, window.to), to)
  // Types that are read more seldom than once a day are not waited for.
  const cycle = Math.max(2 * reconcileMs, Math.min(reconcileMs * (rarest + 1), wholeWithinMs + 2 * reconcileMs))
  return faultsEnd + Math.max(cycle, tries, slowest) + 600_000 + reconcileMs
}
