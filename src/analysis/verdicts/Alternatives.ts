/** Alternatives to a poller: as it is, tuned, or webhooks at several reconciliation intervals. Pure. */
import { intervalDuration } from "../../domain/DurationText.js"
import type { Alternative } from "../../domain/Poller.js"
import { roundEach, type Spread } from "../../domain/Quantiles.js"
import { forecastFreshness } from "../costs/Forecast.js"
import type { CostShare } from "../costs/MigrationCosts.js"
import { entitiesOf } from "../detection/DetectedPoller.js"
import type { PollerEstimates } from "../estimates/PollerEstimates.js"
import type { PushLatency } from "../estimates/PushLatency.js"
import { type AnalysisSettings, type FreshnessGoal, goalsSetFor } from "../Settings.js"
import type { DraftAlternative } from "./DraftAlternative.js"
import { tunedPolling } from "./TunedPolling.js"

/** A poller's share of the webhook path's calls at a reconciliation interval. */
export interface WebhookCost extends CostShare {
  readonly reconcileSeconds: number
}

/** An alternative with its sweeps, which no report has. */
export type Way = Alternative & Pick<DraftAlternative, "sweeps">

export const alternativesOf = (
  one: PollerEstimates,
  webhooks: ReadonlyArray<WebhookCost>,
  goal: FreshnessGoal | null,
  settings: Pick<AnalysisSettings, "freshnessGoals">,
  latency: PushLatency
): ReadonlyArray<Way> => {
  // A timer is one for all types that its sweeps read.
  const besides = goalsSetFor(
    entitiesOf(one.poller).filter((entity) => entity !== one.poller.endpoint?.entity),
    settings
  )
  const timed = goal === null ? besides : [goal, ...besides]
  const held = (drafts: ReadonlyArray<DraftAlternative>, goals: ReadonlyArray<FreshnessGoal>) =>
    drafts.map((draft) => ({
      ...draft,
      reconcileSeconds: draft.reconcileSeconds ?? null,
      freshnessSeconds: roundEach(draft.freshnessSeconds, 1),
      admissible: draft.lost === 0 && goals.every((one) => meets(draft.freshnessSeconds, one))
    }))
  return [
    ...held([asIs(one)], goal === null ? [] : [goal]),
    ...held(tunedPolling(one, timed), timed),
    ...held(pushed(one, webhooks, latency), goal === null ? [] : [goal])
  ]
}

/** Unknown freshness counts as met. */
export const meets = (freshness: Spread | null, goal: FreshnessGoal | null): boolean =>
  goal === null || freshness === null || freshness[goal.at] <= goal.seconds

const asIs = ({ lags, poller }: PollerEstimates): DraftAlternative => ({
  name: "as is",
  calls: poller.calls,
  freshnessSeconds: lags.spread,
  burden: "none",
  risk: "none that is new",
  lost: 0
})

const pushed = (
  { coverage, poller, yieldKnown }: PollerEstimates,
  webhooks: ReadonlyArray<WebhookCost>,
  latency: PushLatency
): ReadonlyArray<DraftAlternative> => {
  const known = coverage[0]
  if (!yieldKnown || known === undefined || webhooks.length === 0) return []
  const share = known.share ?? 1
  const { changes, pushed: told, unknown = 0 } = known.coverage
  // Unknown changes count as not pushed.
  const uncovered = changes - told + unknown
  const slowest = webhooks.at(-1)!
  return [
    {
      name: "webhooks alone",
      // Without the sweeps only the cost of the events remains.
      calls: Math.max(0, Math.min(slowest.calls, poller.calls) - sweepsOf(slowest, webhooks)),
      freshnessSeconds: forecastFreshness(1, slowest.reconcileSeconds, latency),
      burden: "a receiver",
      risk: `${unknown === 0 ? "" : "up to "}${uncovered} of the ${changes + unknown} changes seen fire no event and never arrive, nor does a push that is lost`,
      lost: uncovered
    },
    ...webhooks.map((one) => ({
      name: `webhooks, reconciled every ${intervalDuration(one.reconcileSeconds)}`,
      reconcileSeconds: one.reconcileSeconds,
      calls: one.calls,
      freshnessSeconds: forecastFreshness(share, one.reconcileSeconds, latency),
      burden: "a receiver, subscriptions, a reconciliation",
      risk:
        uncovered === 0
          ? "a lost push waits for reconciliation"
          : `what fires no event waits up to ${intervalDuration(one.reconcileSeconds)}`,
      lost: 0
    }))
  ]
}

/** Sweep calls at the slowest interval: two intervals differ in calls by their sweeps only. */
const sweepsOf = (slowest: WebhookCost, webhooks: ReadonlyArray<WebhookCost>): number => {
  const fastest = webhooks[0]!
  if (fastest.reconcileSeconds >= slowest.reconcileSeconds) return 0
  const perInterval = (fastest.calls - slowest.calls) / (1 / fastest.reconcileSeconds - 1 / slowest.reconcileSeconds)
  return Math.max(0, Math.round(perInterval / slowest.reconcileSeconds))
}
