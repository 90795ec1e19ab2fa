/** The assessment of a poller: its verdict with reasons, its calls after a migration, and its alternatives. Pure. */
import type { Alternative, PollerAssessment, RouteShare } from "../../domain/Poller.js"
import { roundEach, roundTo, type Spread } from "../../domain/Quantiles.js"
import { isReplaced } from "../../domain/Verdict.js"
import { restrictTo, routesText } from "../../providers/index.js"
import { stretchTo } from "../costs/Extrapolation.js"
import { forecastFreshness } from "../costs/Forecast.js"
import type { CostShare } from "../costs/MigrationCosts.js"
import type { TunedSweeps } from "../costs/TunedSweeps.js"
import { entitiesOf, isSearchFeed } from "../detection/DetectedPoller.js"
import { shareInterval } from "../estimates/ConfidenceIntervals.js"
import type { ObservedCoverage } from "../estimates/ObservedCoverage.js"
import type { PollerEstimates } from "../estimates/PollerEstimates.js"
import { assumedLatency, latencyOf, type PushLatency } from "../estimates/PushLatency.js"
import { type AnalysisSettings, evidenceOf, type FreshnessGoal } from "../Settings.js"
import { alternativesOf, meets, type Way, type WebhookCost } from "./Alternatives.js"
import { pollerFigures } from "./PollerFigures.js"
import { sweepCountsOf } from "./SweepCounts.js"
import { lagQuantiles, timelineOf } from "./Timeline.js"
import { type VerdictInput, verdictOf } from "./VerdictRules.js"

export const assessPoller = (
  estimates: PollerEstimates,
  /** At several reconciliation intervals, the configured one among them. */
  webhooks: ReadonlyArray<WebhookCost>,
  settings: AnalysisSettings,
  decided: PlannedPoller | null
): Assessed => {
  const { coverage: byRoute, lags, poller, yieldKnown } = estimates
  const { calls, endpoint, sweeps } = poller
  const latency = latencyOf(evidenceOf(estimates, settings))
  const cost = decided?.cost ?? webhooks.find(({ reconcileSeconds }) => reconcileSeconds === settings.reconcileSeconds)!
  const set = (endpoint?.entity == null ? undefined : settings.freshnessGoals?.[endpoint.entity]) ?? null
  const goal = decided === null ? set : decided.goal
  const events = endpoint?.entity == null ? [] : pushedEventsOf(estimates)
  const alternatives = alternativesOf(estimates, events.length === 0 ? [] : webhooks, goal, settings, latency)
  const tuning = decided?.mayBeTuned === false ? null : cheapestOf(alternatives, calls)
  const verdict = verdictOf(
    verdictInputOf(estimates, {
      cost,
      goal,
      pushedEvents: events.length,
      tuning,
      settings,
      decided
    })
  )
  const moves = isReplaced(verdict)
  const tuned = decided !== null && verdict.verdict === "tune" ? tuning : null
  const forecast = moves
    ? decided === null
      ? pushedFreshness(byRoute[0], "share", settings, latency)
      : decided.freshnessSeconds
    : (tuned?.freshnessSeconds ?? lags.spread)
  const callsAfter = moves ? cost.calls : (tuned?.calls ?? calls)
  const assessment: PollerAssessment = {
    ...pollerFigures(estimates),
    verdict: verdict.verdict,
    reasons: verdict.reasons,
    events: moves ? events : [],
    callsAfter,
    reduction: callsAfter === calls ? 0 : roundTo(1 - callsAfter / calls, 4),
    forecastFreshnessSeconds: roundEach(forecast, 1),
    coverage: byRoute[0]?.coverage ?? null,
    coverageByRoute: byRoute.map(routeShareOf),
    alternatives: alternatives.map(({ sweeps: _, ...alternative }) => alternative),
    timeline: timelineOf(sweeps, yieldKnown, settings.window),
    freshnessQuantiles: lagQuantiles(lags.seconds)
  }
  return { assessment, tuned: moves ? null : (tuned?.sweeps?.() ?? null) }
}

export interface Assessed {
  readonly assessment: PollerAssessment
  /** The sweeps of a poller that stays and is tuned. */
  readonly tuned: TunedSweeps | null
}

/** The decision of its account's plan on a poller. */
export interface PlannedPoller {
  readonly replaced: boolean
  /** Why it is not. */
  readonly why: string
  /** Whether it may be tuned: a plan that is given may keep it as it is. */
  readonly mayBeTuned: boolean
  readonly goal: FreshnessGoal | null
  readonly cost: CostShare
  /** Freshness once it is replaced, and the longest interval of what it reads. */
  readonly freshnessSeconds: Spread | null
  readonly slowestSeconds: number
}

/** Whether events could bring what it asks for, whatever that costs. */
export const mayBeReplaced = (estimates: PollerEstimates, settings: AnalysisSettings): boolean =>
  isReplaced(
    verdictOf(
      verdictInputOf(estimates, {
        cost: { calls: 0, withChanges: 0 },
        goal: null,
        pushedEvents: pushedEventsOf(estimates).length,
        tuning: null,
        settings,
        decided: {
          replaced: true,
          why: "",
          mayBeTuned: false,
          goal: null,
          cost: { calls: 0, withChanges: 0 },
          freshnessSeconds: null,
          slowestSeconds: settings.reconcileSeconds
        }
      })
    )
  )

/** The alternative with the fewest calls that keeps polling and its goal; `null` where none saves any. */
export const cheapestTuning = (
  one: PollerEstimates,
  goal: FreshnessGoal | null,
  settings: Pick<AnalysisSettings, "freshnessGoals">
): Alternative | null => cheapestOf(alternativesOf(one, [], goal, settings, assumedLatency), one.poller.calls)

interface MigrationProspect {
  readonly cost: CostShare
  readonly goal: FreshnessGoal | null
  readonly pushedEvents: number
  readonly tuning: VerdictInput["tuning"]
  readonly settings: AnalysisSettings
  readonly decided: PlannedPoller | null
}

const verdictInputOf = (
  estimates: PollerEstimates,
  { cost, decided, goal, pushedEvents, settings, tuning }: MigrationProspect
): VerdictInput => {
  const { coverage: byRoute, lags, poller, yieldKnown } = estimates
  const { calls, endpoint, stream } = poller
  const { counted, empty, failed, sweeps, unread } = sweepCountsOf(estimates)
  const entity = endpoint?.entity ?? null
  const [route] = byRoute
  // A window shorter than the reconciliation interval counts one whole sweep: the verdict is on a whole interval.
  const reconcileSeconds = decided?.slowestSeconds ?? settings.reconcileSeconds
  const stretch = stretchTo(reconcileSeconds, settings.window)
  const latency = latencyOf(evidenceOf(estimates, settings))
  const pushed = decided === null ? pushedFreshness(route, "share", settings, latency) : decided.freshnessSeconds
  return {
    searches: endpoint?.kind === "search" && !isSearchFeed(poller),
    entity,
    headOnly: stream.method === "HEAD",
    pushedEvents,
    unbrought: pushedEvents === 0 ? [] : unbroughtOf(estimates),
    yieldKnown,
    sweeps,
    failed,
    unread,
    coverage: route?.share ?? null,
    coverageAtMost: route?.shareAtMost ?? null,
    unknown: route?.coverage.unknown ?? 0,
    seenOnce: route?.coverage.seenOnce ?? null,
    uncovered: Object.entries(route?.coverage.uncoveredFields ?? {}),
    changes: route?.coverage.changes ?? 0,
    calls,
    callsAfterIfMigrated: cost.calls,
    stretched:
      stretch === 1
        ? null
        : {
            windowSeconds: reconcileSeconds / stretch,
            calls: Math.round(calls * stretch),
            callsAfterIfMigrated: Math.round(cost.calls - cost.withChanges + cost.withChanges * stretch)
          },
    emptyShare: empty === null || counted === 0 ? null : empty / counted,
    tuning,
    reconcileSeconds,
    ...(decided === null ? {} : { plan: decided }),
    goal:
      goal === null || entity === null
        ? null
        : {
            text: `${entity}=${goal.seconds}s@${goal.at}`,
            metByPolling: meets(lags.spread, goal),
            metByWebhooks: meets(pushed, goal),
            mayBeMetByWebhooks: meets(pushedFreshness(route, "shareAtMost", settings, latency), goal),
            webhookSeconds: roundTo(pushed?.[goal.at] ?? 0, 1)
          }
  }
}

const pushedFreshness = (
  route: ObservedCoverage | undefined,
  share: "share" | "shareAtMost",
  { reconcileSeconds }: AnalysisSettings,
  latency: PushLatency
) => forecastFreshness(route?.[share] ?? 1, reconcileSeconds, latency)

const pushedEventsOf = ({ planned, poller }: PollerEstimates) =>
  planned === null ? [] : [...restrictTo(planned, entitiesOf(poller)).events]

/** Unknown changes widen the interval to both ends of the range. */
const routeShareOf = ({ coverage, routes, share, shareAtMost }: ObservedCoverage): RouteShare => {
  const { changes, pushed, uncoveredFields, unknown = 0 } = coverage
  const all = changes + unknown
  const [least, most] = [shareInterval(pushed, all), shareInterval(pushed + unknown, all)]
  return {
    route: routesText(routes),
    share: share === null || changes === 0 ? null : roundTo(share, 4),
    interval: least === null || most === null ? null : roundEach({ low: least.low, high: most.high }, 4),
    ...(unknown === 0 ? {} : { range: { low: roundTo(share ?? 0, 4), high: roundTo(shareAtMost ?? 1, 4) } }),
    uncoveredFields
  }
}

/** Entity types of a poller that no event pushes and no reconciliation can sweep. */
const unbroughtOf = ({ planned, poller }: PollerEstimates): ReadonlyArray<string> => {
  if (planned === null) return []
  return entitiesOf(poller).filter(
    (entity) => planned.provider.sweeps[entity] === undefined && restrictTo(planned, [entity]).events.size === 0
  )
}

/** The admissible alternative with the fewest calls that keeps polling; `null` where none saves any. */
const cheapestOf = (alternatives: ReadonlyArray<Way>, calls: number): Way | null =>
  alternatives
    .filter((one) => one.admissible && one.calls < calls && !one.name.startsWith("webhooks"))
    .sort((a, b) => a.calls - b.calls)[0] ?? null
