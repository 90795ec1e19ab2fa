/**
 * An account's plan, from what was estimated of its pollers: its routes, the pollers that webhooks replace, and its
 * intervals. Pure.
 */
import { getOrMake } from "../../domain/Grouping.js"
import type { AccountMigration } from "../../domain/MigrationPlan.js"
import type { PushEvidence } from "../../domain/PushEvidence.js"
import type { Spread } from "../../domain/Quantiles.js"
import { longestGap } from "../../domain/SweepInterval.js"
import {
  routes as allRoutes,
  dependantsThatTouch,
  type PlannedEvents,
  type Provider,
  plannedIn,
  type Route
} from "../../providers/index.js"
import type { ChargeTable, Schedule } from "../costs/Charges.js"
import { forecastOf, type Waiting } from "../costs/Forecast.js"
import { coveredBy, type PollerEstimates } from "../estimates/PollerEstimates.js"
import { latencyOf } from "../estimates/PushLatency.js"
import { type AnalysisSettings, type FreshnessGoal, goalOf } from "../Settings.js"
import { cheapestTuning, mayBeReplaced } from "../verdicts/PollerAssessment.js"
import { type AccountPlan, planAccount } from "./AccountPlanner.js"
import type { Candidate } from "./Candidate.js"
import { type ChangesOf, eventPlanOf } from "./EventPlan.js"
import { type HoursOf, waitingOf, waitsUnder } from "./Freshness.js"
import { noticedUnder } from "./ScheduledIntervals.js"

/** Share of the account's calls that a further route must save, for the setting up and the looking after [assumed]. */
const routeBurdenShare = 0.05

export interface PlannedAccount {
  readonly plan: Omit<AccountPlan, "calls" | "weight">
  /** Of all pollers, by the events of the plan. */
  readonly estimates: ReadonlyArray<PollerEstimates>
  /** Calls of the window: with tuning alone, and with webhooks where no freshness has to be kept. */
  readonly tuningOnly: number
  readonly atMost: number
  /** Calls where no poller gets staler at p95 than it is. */
  readonly atTodaysFreshness: number
  /** Calls of the pollers that no webhook can replace, where no freshness has to be kept. */
  readonly untouched: number
  /** The calls that each further route saves. */
  readonly bought: ReadonlyArray<{ readonly route: Route; readonly calls: number }>
}

/** The goals that a poller must keep: the one that is set for its type, else its freshness of today at p95. */
export const goalsOf = (
  { lags, poller }: PollerEstimates,
  settings: AnalysisSettings
): ReadonlyArray<FreshnessGoal> => {
  const entity = poller.endpoint?.entity ?? null
  const set = entity === null ? undefined : settings.freshnessGoals?.[entity]
  const today = lags.spread
  // A goal that polling does not meet asks for no more than today's freshness.
  if (set !== undefined)
    return today === null || today[set.at] <= set.seconds ? [set] : [{ ...set, seconds: today[set.at] }]
  return settings.dropsFreshness === true || today === null ? [] : [{ at: "p95", seconds: today.p95, isTodays: true }]
}

/** The settings without the goals that are set: each poller keeps its freshness of today. */
const withTodaysGoals = ({ window, reconcileSeconds, routes, plans }: AnalysisSettings): AnalysisSettings => ({
  window,
  reconcileSeconds,
  routes,
  plans
})

export const plannedAccount = (input: {
  readonly estimates: ReadonlyArray<PollerEstimates>
  /** The routes that are set, or the one that is taken where none is, and the events by them: the estimates' own. */
  readonly routes: ReadonlyArray<Route>
  readonly events: PlannedEvents
  /** Whether further routes may be added. */
  readonly choosesRoutes: boolean
  readonly entities: ReadonlyArray<string>
  readonly changesOf: ChangesOf
  readonly hoursOf: HoursOf
  readonly table: ChargeTable
  readonly settings: AnalysisSettings
  readonly boundSeconds: number
  /** Measured loss and latency; without them, no push is taken to be lost. */
  readonly evidence: PushEvidence | undefined
  /** A plan to carry out in place of the best. */
  readonly given: AccountMigration | null
}): PlannedAccount => {
  const { boundSeconds, changesOf, choosesRoutes, entities, events, evidence, hoursOf, routes, settings, table } = input
  const { provider } = events
  const all = input.estimates.reduce((sum, { poller }) => sum + poller.calls, 0)
  const byEvents = new Map([[routes.join(" "), { planned: events, estimates: input.estimates }]])
  const todays = withTodaysGoals(settings)
  const noGoals: AnalysisSettings = { ...todays, dropsFreshness: true }
  const tunings = new Map([settings, todays, noGoals].map((wanted) => [wanted, new Map<string, number>()]))
  /** As it is, or tuned where that keeps the goals of the wanted settings. */
  const ifItStays = (one: PollerEstimates, wanted: AnalysisSettings): number => {
    const calls = getOrMake(tunings.get(wanted)!, one.poller.id, () => {
      const [goal = null] = goalsOf(one, wanted)
      return cheapestTuning(one, goal, wanted)?.calls ?? one.poller.calls
    })
    // Timers slower than twice today's are only known by a goal that is set.
    return wanted === noGoals ? Math.min(calls, ifItStays(one, settings)) : calls
  }
  const made = (some: ReadonlyArray<Route>, extra: ReadonlyArray<string>, wanted: AnalysisSettings): Made => {
    const { estimates, planned } = getOrMake(byEvents, [...some, ...extra].join(" "), () => {
      const others = eventPlanOf(provider, some, [...entities, ...extra], changesOf)
      return { planned: others, estimates: input.estimates.map((one) => coveredBy(one, others)) }
    })
    const candidates = estimates
      .filter((one) => mayBeReplaced(one, settings))
      .map((one): Candidate => {
        const goals = goalsOf(one, wanted)
        return { one, goals, waiting: waitingOf(one, evidence), ifItStays: ifItStays(one, wanted) }
      })
    const plan = planAccount(
      candidates,
      planned,
      extra,
      table,
      settings.window,
      boundSeconds,
      latencyOf(evidence),
      hoursOf
    )
    return { plan, extra, estimates, candidates }
  }
  /** With the events of dependants besides, where they explain enough stamps that move. */
  const bestBy = (some: ReadonlyArray<Route>): Made => {
    const plain = made(some, [], settings)
    const extra = explaining(provider, entities, plain)
    const more = extra.length === 0 ? plain : made(some, extra, settings)
    return plain.plan.weight - more.plan.weight >= all * routeBurdenShare ? more : plain
  }
  let best = bestBy(routes)
  const bought: Array<{ route: Route; calls: number }> = []
  if (choosesRoutes)
    for (const route of allRoutes) {
      if (provider.routes[route] === undefined || best.plan.planned.routes.includes(route)) continue
      const further = bestBy([...best.plan.planned.routes, route])
      const saved = best.plan.weight - further.plan.weight
      if (!further.plan.planned.routes.includes(route) || saved < all * routeBurdenShare) continue
      bought.push({ route, calls: Math.round(best.plan.calls - further.plan.calls) })
      best = further
    }
  const staying = best.estimates.filter((one) => best.candidates.every((candidate) => candidate.one !== one))
  const othersBy = (wanted: AnalysisSettings): number => staying.reduce((sum, one) => sum + ifItStays(one, wanted), 0)
  const others = othersBy(settings)
  const carriedOut = input.given === null ? best : carryOut(input.given, best, provider)
  return {
    plan: carriedOut.plan,
    estimates: carriedOut.estimates,
    tuningOnly: others + best.candidates.reduce((sum, { ifItStays }) => sum + ifItStays, 0),
    atMost: othersBy(noGoals) + made(best.plan.planned.routes, best.extra, noGoals).plan.calls,
    atTodaysFreshness:
      goalOf(settings) === "today"
        ? others + best.plan.calls
        : othersBy(todays) + made(best.plan.planned.routes, best.extra, todays).plan.calls,
    untouched: othersBy(noGoals),
    bought
  }
}

/** The plan of a file. */
const carryOut = (
  migration: AccountMigration,
  best: Made,
  provider: Provider
): Pick<PlannedAccount, "plan" | "estimates"> => {
  const { pollers, reconcile } = migration
  // Events that nothing is replaced by: the best plan's stand for what could be pushed.
  const planned = migration.routes.length === 0 ? best.plan.planned : plannedIn(provider, migration)
  const able = new Set(best.candidates.map(({ one }) => one.poller.id))
  const replaced = pollers.filter((poller) => poller.becomes === "replaced" && able.has(poller.id))
  return {
    plan: { planned, replaced: new Set(replaced.map(({ id }) => id)), own: reconcile, added: new Map() },
    estimates: best.estimates.map((one) => coveredBy(one, planned))
  }
}

interface Made extends Pick<PlannedAccount, "estimates"> {
  readonly plan: AccountPlan
  readonly extra: ReadonlyArray<string>
  readonly candidates: ReadonlyArray<Candidate>
}

/** Dependants that no poller reads, of types with changes of which only the stamp shows: a reply moves a ticket's. */
const explaining = (
  provider: Provider,
  entities: ReadonlyArray<string>,
  { candidates }: Made
): ReadonlyArray<string> =>
  candidates.some(({ one }) => (one.coverage[0]?.coverage.unknown ?? 0) > 0)
    ? entities
        .flatMap((entity) => dependantsThatTouch(provider, entity))
        .filter((entity) => !entities.includes(entity) && provider.sweeps[entity] !== undefined)
    : []

/** The changes of a poller that wait for a sweep under a plan. */
export const waitsOf = (
  one: PollerEstimates,
  planned: PlannedEvents,
  entities: ReadonlyArray<string>,
  { every, own }: Schedule,
  evidence: PushEvidence | undefined,
  hoursOf: HoursOf
): ReadonlyArray<Waiting> =>
  waitsUnder(waitingOf(one, evidence), noticedUnder(planned, entities, every, own), every, hoursOf)

/** Freshness of a poller once the plan replaces it. */
export const freshnessUnder = (
  one: PollerEstimates,
  planned: PlannedEvents,
  entities: ReadonlyArray<string>,
  { every, own }: Schedule,
  evidence: PushEvidence | undefined,
  hoursOf: HoursOf
): { readonly spread: Spread | null; readonly slowestSeconds: number } => {
  const waits = waitsOf(one, planned, entities, { every, own }, evidence, hoursOf)
  return {
    spread: forecastOf(waits, latencyOf(evidence)),
    slowestSeconds: waits.reduce((most, { everySeconds }) => Math.max(most, longestGap(everySeconds)), 0) || every
  }
}
