/** Builds the report from the analysis, the replay, the live comparison and the subscriptions. Pure. */
import { type AccountNeeds, type Analysis, type AnalysisSettings, setIntervalOf } from "../analysis/index.js"
import { iso } from "../domain/Figures.js"
import { type GoalOutcome, goalOutcomes } from "../domain/GoalOutcome.js"
import type { PlanSection } from "../domain/PlanSection.js"
import type { PollerAssessment } from "../domain/Poller.js"
import type { PushEvidence } from "../domain/PushEvidence.js"
import { roundEach, roundTo, spread } from "../domain/Quantiles.js"
import type { AccountReport, ReplayResult, Report, SubscriptionLine } from "../domain/Report.js"
import type { ShadowSection } from "../domain/ShadowSection.js"
import type { EpochMillis } from "../domain/Time.js"
import { becomes, mainReason } from "../domain/Verdict.js"
import { coverageOf, deletionsShow, eventFor, namedEndpoint, providerOf, routesText } from "../providers/index.js"

export interface ReportInput {
  readonly analysis: Analysis
  readonly replay: ReplayResult | null
  readonly shadow: ShadowSection | null
  readonly subscriptions: ReadonlyArray<SubscriptionLine>
  /** By account: the steps to set up by hand. */
  readonly runbooks: ReadonlyMap<string, AccountReport["runbooks"]>
  readonly reconcileSeconds: number
  /** `--faults`, as they were written. */
  readonly faults: string
  /** `--slo`, by entity type. */
  readonly freshnessGoals: NonNullable<AnalysisSettings["freshnessGoals"]>
  /** The sources' `reconcile` settings, by account. */
  readonly reconcile: NonNullable<AnalysisSettings["reconcile"]>
  /** Healing bound and goals of the plan; `null` where one interval was given. `isGiven`: it is from a file. */
  readonly plan: (Pick<PlanSection, "healWithinSeconds" | "goal"> & { readonly isGiven: boolean }) | null
  /** Whether the baseline names a finding. */
  readonly isKnown: (fingerprint: string) => boolean
  readonly generatedAt: EpochMillis
  readonly measured: Report["measured"]
}

export const buildReport = (input: ReportInput): Report => {
  const { analysis } = input
  const { from, to } = analysis.window
  const pollingCalls = analysis.pollers.reduce((sum, poller) => sum + poller.calls, 0)
  const sumOf = (part: "credits" | "creditsAfter"): number =>
    analysis.accounts.reduce((sum, account) => sum + account[part], 0)
  const setIntervals = setIntervalsOf(analysis, input)
  // Where no account is left to plan, the settings stand in the plan's place, as `--reconcile` does.
  const isPlanned = setIntervals.length === 0 || analysis.plans.length > 0
  const empties = analysis.pollers.map((poller) => poller.emptySweeps)
  return {
    schemaVersion: 1,
    generatedAt: iso(input.generatedAt),
    window: { from: iso(from), to: iso(to), seconds: (to - from) / 1000 },
    settings: {
      reconcileSeconds:
        setIntervals.length > 0 && setIntervals.length === analysis.accounts.length
          ? Math.max(...setIntervals.map(({ everySeconds }) => everySeconds))
          : input.reconcileSeconds,
      ...(setIntervals.length === 0 ? {} : { setIntervals }),
      route: [...new Set(analysis.needs.map((need) => routesText(need.planned.routes)))].join(", ") || "none",
      plan: analysis.rateLimits.find((limit) => limit.plan !== null)?.plan ?? null,
      bodiesKept: analysis.bodiesKept,
      ...(input.faults === "" ? {} : { faults: input.faults })
    },
    totals: {
      calls: analysis.calls,
      pollingCalls,
      callsAfter: analysis.callsAfter,
      credits: sumOf("credits"),
      creditsAfter: sumOf("creditsAfter"),
      reduction: analysis.calls === 0 ? 0 : roundTo(1 - analysis.callsAfter / analysis.calls, 4),
      reductionInterval: analysis.reductionInterval,
      extrapolation: analysis.extrapolation,
      emptySweeps: empties.includes(null) ? null : empties.reduce<number>((sum, count) => sum + (count ?? 0), 0),
      throttled: analysis.throttled,
      recordsLost: analysis.recordsLost,
      leftOut: analysis.leftOut,
      recordersCutOff: analysis.recordersCutOff
    },
    callsAfterBreakdown: analysis.callsAfterBreakdown,
    ...goalsOf(analysis, input.freshnessGoals, input.replay),
    ...(input.plan === null || !isPlanned ? {} : { plan: planSection(analysis, input.plan) }),
    accounts: analysis.accounts.map((account) => ({
      ...account,
      reduction: account.calls === 0 ? 0 : roundTo(1 - account.callsAfter / account.calls, 4),
      runbooks: input.runbooks.get(account.account) ?? [],
      ...unpushed(
        account.product,
        analysis.needs.find((need) => need.account === account.account)
      )
    })),
    pollers: analysis.pollers,
    unattributed: analysis.unattributed,
    rateLimits: analysis.rateLimits,
    findings: analysis.findings.map((finding) => ({
      ...finding,
      known: input.isKnown(finding.fingerprint)
    })),
    subscriptions: input.subscriptions,
    replay: input.replay,
    ...(input.shadow === null ? {} : { shadow: input.shadow }),
    measured: input.measured
  }
}

const setIntervalsOf = (
  { accounts }: Analysis,
  settings: Pick<ReportInput, "reconcile">
): NonNullable<Report["settings"]["setIntervals"]> =>
  accounts.flatMap(({ account }) => {
    const everySeconds = setIntervalOf(settings, account)
    return everySeconds === null ? [] : [{ account, everySeconds }]
  })

const goalsOf = (
  { pollers }: Analysis,
  goals: ReportInput["freshnessGoals"],
  replay: ReplayResult | null
): Pick<Report, "goals"> =>
  Object.keys(goals).length === 0 ? {} : { goals: goalsIn(pollers, goals, replay?.byEntity ?? []) }

/** Outcomes of goals under the plan that an analysis made. */
export const goalsIn = (
  pollers: Analysis["pollers"],
  goals: ReportInput["freshnessGoals"],
  replayed: NonNullable<ReplayResult["byEntity"]> = []
): ReadonlyArray<GoalOutcome> => {
  const products = new Map(pollers.map(({ account, product }) => [account, product]))
  return goalOutcomes(
    goals,
    ({ account, endpoint }) => namedEndpoint(providerOf(products.get(account) ?? null), endpoint)?.entity ?? null,
    { pollers, replayed }
  )
}

const planSection = (analysis: Analysis, { isGiven, ...settings }: NonNullable<ReportInput["plan"]>): PlanSection => {
  const { plans, pollers } = analysis
  // Accounts that are not planned keep their calls in every plan.
  const others = analysis.accounts
    .filter(({ account }) => plans.every((plan) => plan.account !== account))
    .reduce((sum, { callsAfter }) => sum + callsAfter, 0)
  const sumOf = (part: "tuningOnly" | "atTodaysFreshness" | "atMost" | "floor"): number =>
    plans.reduce((sum, plan) => sum + plan[part], others)
  return {
    ...settings,
    goal: settings.goal === "today" && isGiven && pollers.some(getsStaler) ? "given" : settings.goal,
    routes: plans.flatMap(({ account, bought, routes }) =>
      routes.map((route) => ({
        account,
        route,
        saves: bought.find((one) => one.route === route)?.calls ?? null
      }))
    ),
    schedules: plans.flatMap(({ account, schedule }) => schedule.map((one) => ({ account, ...one }))),
    ...evidenceLines(plans),
    pollers: pollers.map((poller) => ({
      id: poller.id,
      becomes: becomes(poller),
      why: mainReason(poller.reasons)
    })),
    seldom: analysis.accounts.reduce((sum, { seldom }) => sum + seldom, 0),
    ...(analysis.mirror === null ? {} : { mirror: analysis.mirror }),
    tuningOnly: sumOf("tuningOnly"),
    atTodaysFreshness: sumOf("atTodaysFreshness"),
    atMost: sumOf("atMost"),
    floor: sumOf("floor")
  }
}

const getsStaler = ({ forecastFreshnessSeconds: after, freshnessSeconds: now }: PollerAssessment): boolean =>
  now !== null && after !== null && after.p95 > now.p95

/** Measured loss and latency of an account, as reports have them. */
export const evidenceLine = (
  account: string,
  { deliveries, latencies, loss }: PushEvidence
): NonNullable<PlanSection["evidence"]>[number] => ({
  account,
  loss: Object.entries(loss).map(([entity, one]) => ({ entity, ...one, atMost: roundTo(one.atMost, 4) })),
  latencySeconds: roundEach(spread((latencies ?? []).map((ms) => ms / 1_000)), 1),
  deliveries
})

const evidenceLines = (plans: Analysis["plans"]): Pick<PlanSection, "evidence"> => {
  const evidence = plans.flatMap(({ account, evidence: measured }) =>
    measured === null ? [] : [evidenceLine(account, measured)]
  )
  return evidence.length === 0 ? {} : { evidence }
}

const a = (entity: string): string => `${/^[aeio]/.test(entity) ? "an" : "a"} ${entity.replace(/_/g, " ")}`

/**
 * Changes that no event of the routes covers, by the product's catalogue: those that reconciliation brings, those that
 * nothing brings, and entity types left out because no migrating poller reads them.
 */
const unpushed = (
  product: string | null,
  need: Pick<AccountNeeds, "planned" | "entities"> | undefined
): Pick<AccountReport, "notPushed" | "notBrought" | "notReconciled"> => {
  const provider = providerOf(product)
  if (provider === null || need === undefined || need.entities.length === 0)
    return { notPushed: [], notBrought: [], notReconciled: [] }
  const {
    entities: reconciled,
    planned: { routes }
  } = need
  const notPushed: Array<string> = []
  const notBrought: Array<string> = []
  const silent: Array<string> = []
  for (const entity of reconciled) {
    const events = coverageOf(provider, routes, entity)
    const pushesDeletion = routes.some((route) => eventFor(provider, route, entity, "delete", []) !== null)
    if (!pushesDeletion && !deletionsShow(provider, entity))
      notBrought.push(
        `${a(entity)} that is deleted${provider.sweeps[entity]?.by === "children" ? "" : " (unless the source's reconcile.deletionsEvery is set)"}`
      )
    if (events === undefined) {
      silent.push(entity)
      continue
    }
    if (events.create === null) notPushed.push(`${a(entity)} that is made`)
    if (events.update !== null && events.updateFields !== "all")
      notPushed.push(
        `${a(entity)} whose change is in none of ${[...events.updateFields, ...(events.customFields === true ? ["custom fields"] : [])].join(", ")}`
      )
    if (!pushesDeletion && deletionsShow(provider, entity)) notPushed.push(`${a(entity)} that is deleted`)
  }
  if (silent.length > 0) notPushed.push(`anything of ${silent.join(", ")}`)
  return {
    notPushed,
    notBrought,
    notReconciled: Object.keys(provider.sweeps).filter((entity) => !reconciled.includes(entity))
  }
}
