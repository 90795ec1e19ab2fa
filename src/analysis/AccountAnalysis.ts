/**
 * The analysis of one account. Accounts do not depend on each other, so the segments, changes and versions of one are
 * freed before the next is analysed. Pure.
 */

import { endpointName } from "../domain/Endpoint.js"
import { counted } from "../domain/Figures.js"
import type { Finding } from "../domain/Finding.js"
import { getOrMake, groupBy } from "../domain/Grouping.js"
import type { PollerAssessment } from "../domain/Poller.js"
import { roundTo } from "../domain/Quantiles.js"
import type { Recording } from "../domain/Recording.js"
import type { RateLimitUse, UnattributedCalls } from "../domain/Report.js"
import { isReplaced } from "../domain/Verdict.js"
import type { PlannedEvents } from "../providers/index.js"
import { type AccountNeeds, needsOf } from "./AccountNeeds.js"
import { type AccountCosts, accountCosts } from "./costs/AccountCosts.js"
import { chargeTable, type Schedule } from "./costs/Charges.js"
import { accountLimits } from "./costs/Headroom.js"
import { type MigrationCosts, migrationCosts } from "./costs/MigrationCosts.js"
import { reconciledFor } from "./costs/ReconciledEntities.js"
import type { TunedPoller } from "./costs/TunedSweeps.js"
import { entitiesOf } from "./detection/DetectedPoller.js"
import { type Detection, detectPollers } from "./detection/Detection.js"
import { clockSkews } from "./estimates/ClockSkew.js"
import { type HourlyShares, hourlyShares } from "./estimates/HourlyLags.js"
import { type ChangeIndex, indexChanges } from "./estimates/ObservedChanges.js"
import { estimatePoller, type PollerEstimates } from "./estimates/PollerEstimates.js"
import { latencyOf } from "./estimates/PushLatency.js"
import { findingsOf } from "./findings/Findings.js"
import type { MirroredAccount } from "./mirrored/MirroredAccount.js"
import { type MirrorReceiver, throughMirror } from "./mirrored/MirrorReceiver.js"
import { eventPlanOf } from "./planning/EventPlan.js"
import { deliveredWithin, type HoursOf, keeps } from "./planning/Freshness.js"
import { type AccountPlanFigures, figuresOf, subscribedOnly } from "./planning/PlanFigures.js"
import { freshnessUnder, goalsOf, type PlannedAccount, plannedAccount } from "./planning/PlannedAccount.js"
import { type AnalysisSettings, evidenceOf, type FreshnessGoal, routesOf, setIntervalOf } from "./Settings.js"
import { assessPoller, cheapestTuning, type PlannedPoller } from "./verdicts/PollerAssessment.js"
import { type Block, callsByBlock } from "./verdicts/ReductionInterval.js"

export interface AccountAnalysis {
  /** Most calls first. */
  readonly pollers: ReadonlyArray<PollerAssessment>
  readonly unattributed: UnattributedCalls
  readonly costs: ReadonlyArray<AccountCosts>
  readonly rateLimits: ReadonlyArray<RateLimitUse>
  readonly findings: ReadonlyArray<Finding>
  readonly needs: ReadonlyArray<AccountNeeds>
  /** Calls by blocks of the window; `null` where it is too short for blocks. */
  readonly blocks: ReadonlyArray<Block> | null
  /** Calls of reconciliation over a longer span, in seconds. */
  readonly reconciliationOver: MigrationCosts["reconciliationOver"]
  /** The programs as they are, through the mirror; `null` where that is not forecast. */
  readonly mirror: MirroredAccount | null
  /** Additions of the mirror's receiver to the plan's; `null` where it needs no more. */
  readonly mirrorReceiver: MirrorReceiver | null
  /** `null` where the interval is given, or the product is unknown. */
  readonly plan: AccountPlanFigures | null
}

/** Reconciliation intervals that the report compares, in seconds. */
const comparedIntervals = [900, 3_600, 14_400, 43_200, 86_400]

/** `recording`: the streams of one account. */
export const analyseAccount = (recording: Recording, given: AnalysisSettings): AccountAnalysis => {
  const account = recording.streams[0]?.stream.account ?? ""
  const configured = given.reconcile?.[account]
  const setInterval = setIntervalOf(given, account)
  const usual = { ...given, reconcileSeconds: setInterval ?? given.reconcileSeconds }
  const detection = detectPollers(recording)
  const changes = indexChanges(recording)
  const skews = clockSkews(recording)
  const evidence = usual.evidence?.[account]
  const table = chargeTable(account, changes, usual.window, evidence)
  const { entities, events } = eventsOfAccount(account, detection, changes, usual)
  const byHour = new Map<string, HourlyShares | null>()
  const hoursOf: HoursOf = (entity) =>
    getOrMake(byHour, entity, () => hourlyShares(changes.observed(account, entity).changes, usual.window))
  const estimated = detection.pollers.map((poller) => estimatePoller(poller, recording, changes, skews, events))
  const boundSeconds = setInterval === null ? given.healWithinSeconds : undefined
  const planning =
    boundSeconds === undefined || events === null
      ? null
      : plannedAccount({
          estimates: estimated,
          routes: routesOf(usual, account, events.provider),
          events,
          choosesRoutes: !hasRoutes(usual, account),
          entities,
          changesOf: (entity) => changes.observed(account, entity).changes,
          hoursOf,
          table,
          settings: usual,
          boundSeconds,
          evidence,
          given: usual.migrations?.[account] ?? null
        })
  const estimates = planning?.estimates ?? estimated
  const planned = planning?.plan.planned ?? events
  const schedule: Schedule = { every: usual.reconcileSeconds, own: { ...planning?.plan.own, ...configured?.own } }
  const settings: AnalysisSettings = {
    ...usual,
    reconcile: { ...usual.reconcile, [account]: { every: setInterval, own: schedule.own } }
  }
  const costsOf = (replaced: ReadonlyArray<PollerEstimates>, by: Schedule): MigrationCosts =>
    migrationCosts(replaced, planned, table, by, usual.window)

  const intervals = [...new Set([...comparedIntervals, usual.reconcileSeconds])].sort((a, b) => a - b)
  const costsAt = intervals.map((every) => ({
    reconcileSeconds: every,
    share: costsOf(estimates, { every, own: configured?.own ?? {} }).share
  }))
  const decided = planning === null ? null : decisions(planning, costsOf, schedule, settings, hoursOf)
  const assessed = estimates.map((one) => {
    const webhooks = costsAt.map(({ reconcileSeconds, share }) => ({ reconcileSeconds, ...share(one) }))
    return { estimates: one, ...assessPoller(one, webhooks, settings, decided?.get(one.poller.id) ?? null) }
  })
  // Cost shares depend on which pollers migrate, and verdicts on the shares: the shares are settled once by these
  // verdicts.
  const migrating = assessed.filter(({ assessment }) => isReplaced(assessment)).map((one) => one.estimates)
  const faulty =
    usual.faults === undefined ? table : chargeTable(account, changes, usual.window, evidence, usual.faults)
  const settled = migrationCosts(migrating, planned, faulty, schedule, usual.window)
  const pollers = assessed.map(({ assessment, estimates: one }): PollerAssessment => {
    if (!isReplaced(assessment)) return assessment
    const callsAfter = settled.share(one).calls
    return { ...assessment, callsAfter, reduction: roundTo(1 - callsAfter / assessment.calls, 4) }
  })

  const reconciled = reconciledFor(migrating, settings)
  const needs = needsOf(migrating, changes, settings, subscribedOnly(planning?.plan.own ?? {}))
  const { mirror, receiver } =
    usual.mirror === undefined
      ? { mirror: null, receiver: null }
      : throughMirror({
          account,
          recording,
          rule: usual.mirror,
          estimates,
          planned,
          changesOf: (entity) => changes.observed(account, entity).changes,
          settings,
          schedule,
          migrating,
          reconciled,
          subscribed: needs[0]?.planned ?? null,
          boundSeconds: planning === null ? null : (boundSeconds ?? null),
          table: faulty,
          hoursOf
        })
  const mirrored = mirror?.pollers()
  const replaced = migrating.map(({ poller }) => poller)
  const tuned = assessed.flatMap(
    ({ assessment, estimates: { poller }, tuned: sweeps }): ReadonlyArray<TunedPoller> =>
      sweeps === null ? [] : [{ poller, saved: assessment.reduction, sweeps }]
  )
  const rateLimits = accountLimits(recording, { replaced, tuned }, settings, settled.remaining)
  return {
    pollers:
      usual.mirror === undefined ? pollers : pollers.map((one) => ({ ...one, mirror: mirrored?.get(one.id) ?? null })),
    mirror,
    unattributed: unattributedOf(detection),
    costs: accountCosts(recording, detection, pollers, settled, settings),
    rateLimits,
    findings: findingsOf({ recording, detection, estimates, skews, migrating, changes, settings, rateLimits }),
    needs,
    mirrorReceiver: receiver,
    blocks: callsByBlock(recording, replaced, tuned, settled, settings),
    reconciliationOver: settled.reconciliationOver,
    plan:
      planning === null
        ? null
        : {
            ...figuresOf(account, planning, reconciled, schedule, detection, usual.window),
            evidence: evidence ?? null
          }
  }
}

/** Whether the account's routes are set, by the configuration or by `--route`. */
const hasRoutes = ({ chosenRoutes = [], routes }: AnalysisSettings, account: string): boolean =>
  chosenRoutes.length > 0 || (routes[account] ?? []).length > 0

const notInGivenPlan = "the migration plan that was given does not replace it"

/** The plan's decision on each poller. */
const decisions = (
  { estimates, plan }: PlannedAccount,
  costsOf: (replaced: ReadonlyArray<PollerEstimates>, by: Schedule) => MigrationCosts,
  schedule: Schedule,
  settings: AnalysisSettings,
  hoursOf: HoursOf
): ReadonlyMap<string, PlannedPoller> => {
  const { added, planned, replaced } = plan
  const together = estimates.filter(({ poller }) => replaced.has(poller.id))
  const costs = costsOf(together, schedule)
  const reconciled = reconciledFor(together, settings)
  const given = settings.migrations?.[estimates[0]?.poller.stream.account ?? ""]
  const kept = new Set(given?.pollers.flatMap(({ becomes, id }) => (becomes === "kept" ? [id] : [])))
  return new Map(
    estimates.map((one): readonly [string, PlannedPoller] => {
      const { id } = one.poller
      const [goal = null] = goalsOf(one, settings)
      const evidence = evidenceOf(one, settings)
      const { slowestSeconds, spread } = freshnessUnder(one, planned, reconciled, schedule, evidence, hoursOf)
      return [
        id,
        {
          replaced: replaced.has(id),
          why: replaced.has(id)
            ? ""
            : given !== undefined
              ? notInGivenPlan
              : whyItStays(one, added.get(id) ?? null, goal, settings),
          mayBeTuned: !kept.has(id),
          goal,
          cost: costs.share(one),
          freshnessSeconds: spread,
          slowestSeconds
        }
      ]
    })
  )
}

const whyItStays = (
  one: PollerEstimates,
  added: number | null,
  goal: FreshnessGoal | null,
  settings: AnalysisSettings
): string => {
  const latency = latencyOf(evidenceOf(one, settings))
  const kept = goal === null ? "" : ` at its freshness (${goal.at} within ${roundTo(goal.seconds, 1)} s)`
  const looser = `say with --slo which freshness is needed, such as --slo ${entitiesOf(one.poller)[0] ?? "ticket"}=5m@p95`
  if (goal !== null && !keeps(goal, [], latency))
    return `it polls faster than events are delivered (${goal.at} within ${roundTo(goal.seconds, 1)} s now, ${roundTo(deliveredWithin(goal, latency), 1)} s by webhooks): ${looser}`
  if (added === null)
    return `no reconciliation interval brings what no event tells of${kept}${goal === null ? "" : `: ${looser}`}`
  const tuned = cheapestTuning(one, goal, settings)
  const now = tuned === null ? `it makes ${one.poller.calls}` : `${tuned.calls} remain once it is tuned`
  return `webhooks${kept} would take ${counted(added, "call")}, and ${now}: they would save too little`
}

/** The types that the account's pollers read, and its events by the routes that are set. */
const eventsOfAccount = (
  account: string,
  { pollers }: Detection,
  changes: ChangeIndex,
  settings: AnalysisSettings
): {
  readonly entities: ReadonlyArray<string>
  readonly events: PlannedEvents | null
} => {
  const provider = pollers.find((poller) => poller.provider !== null)?.provider ?? null
  if (provider === null) return { entities: [], events: null }
  const entities = [...new Set(pollers.flatMap(entitiesOf))].sort()
  const changesOf = (entity: string) => changes.observed(account, entity).changes
  return { entities, events: eventPlanOf(provider, routesOf(settings, account, provider), entities, changesOf) }
}

const unattributedOf = ({ unattributed }: Detection): UnattributedCalls => {
  const counted = <K extends string>(nameOf: (one: Detection["unattributed"][number]) => K) =>
    [...groupBy(unattributed, nameOf)].map(
      ([name, group]) => [name, group.reduce((sum, { rows }) => sum + rows.length, 0)] as const
    )
  return {
    calls: unattributed.reduce((sum, { rows }) => sum + rows.length, 0),
    endpoints: counted(({ stream }) => endpointName(stream.method, stream.template)).map(([endpoint, calls]) => ({
      endpoint,
      calls
    })),
    kinds: counted(({ kind }) => kind).map(([kind, calls]) => ({ kind, calls }))
  }
}
