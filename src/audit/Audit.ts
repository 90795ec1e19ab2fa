/**
 * The audit: analyse what was recorded, plan the subscriptions, replay both paths, report. It composes the
 * capabilities and holds no rule of its own.
 */
import { Clock, Effect } from "effect"
import { type Analysis, type AnalysisSettings, analyse, goalOf } from "../analysis/index.js"
import { groupBy } from "../domain/Grouping.js"
import { emptyWindowSentence, type RecordedSpan } from "../domain/RecordedSpan.js"
import type { Report, SubscriptionLine } from "../domain/Report.js"
import type { ShadowSection } from "../domain/ShadowSection.js"
import { longestSpanMs } from "../domain/Span.js"
import type { EpochMillis } from "../domain/Time.js"
import { providerOf, type Route } from "../providers/index.js"
import { signatureHeader } from "../receiver/index.js"
import {
  type MirroredPollers,
  type PolledPath,
  type Replayed,
  replay,
  type StartPollers,
  type StartProviderPort
} from "../replay/index.js"
import { buildReport } from "../report/index.js"
import { Store, type StoreUnavailable, type Window } from "../store/service.js"
import { type PlannedSubscription, planSubscriptions, type RunbookSteps, runbooksFor } from "../subscriptions/index.js"
import { AuditFailed, replayFailed } from "./AuditFailed.js"
import { countedFaults, type FaultSettings } from "./Faults.js"
import { type ModelSettings, modelledDay } from "./ModelledDay.js"
import { mirrorPlans, replayPlans } from "./ReplayPlans.js"

export type ReplayEnvironment = "record" | "analyse" | "replay" | "mirror" | "model" | "report"

export interface ReplayParts {
  readonly startProviderPort: StartProviderPort
  /** Those that the stand-in stands in for. */
  readonly accounts: ReadonlySet<string>
  readonly polling: () => Promise<PolledPath>
  readonly startKept: StartPollers
  /** The programs, for the path through the mirror; there is none without them. */
  readonly mirrored?: MirroredPollers
  /** The polling path's driver, as the report names it. */
  readonly driver: string
  /** The part of the window that is replayed. */
  readonly window: Window
}

export interface AuditSettings {
  /** Only accounts of these products; all when empty or absent. */
  readonly products?: ReadonlyArray<string>
  readonly from: EpochMillis | null
  readonly to: EpochMillis | null
  readonly reconcileSeconds: number
  readonly healWithinSeconds?: number
  readonly dropsFreshness?: boolean
  readonly migrations?: AnalysisSettings["migrations"]
  readonly routes: Readonly<Record<string, ReadonlyArray<Route>>>
  /** `--route`, in place of `routes`: for every account, as far as its product has them. */
  readonly chosenRoutes?: ReadonlyArray<Route>
  readonly plans: Readonly<Record<string, string>>
  /** `--plan`, in place of `plans`: for every account whose product has it. */
  readonly chosenPlan?: string
  readonly limits?: AnalysisSettings["limits"]
  /** Source names by account, where the configuration has one. */
  readonly sources: Readonly<Record<string, string>>
  readonly publicUrl: string
  /** By account: the integration's own user at the provider, whose changes a rule leaves out. */
  readonly serviceAccounts?: Readonly<Record<string, string>>
  readonly freshnessGoals?: AnalysisSettings["freshnessGoals"]
  readonly reconcile?: AnalysisSettings["reconcile"]
  readonly evidence?: AnalysisSettings["evidence"]
  /** The mirror's rule on requests; without it the way through the mirror is not forecast. */
  readonly mirror?: AnalysisSettings["mirror"]
  readonly seed: number
  readonly faults: FaultSettings
  /** The parts of the replay; `null` skips it. */
  readonly replay: ((analysis: Analysis) => ReplayParts) | null
  /** The model's days beside the replayed one, and the busiest hour; absent skips them. */
  readonly model?: ModelSettings
  /** The live comparison, where a receiver runs beside the recorded polling. */
  readonly shadow?: ShadowSection | null
  /** When the report says it was made; a reproducible run states it. */
  readonly generatedAt: EpochMillis | null
  /** Whether a finding is known already (the baseline), by its fingerprint. */
  readonly isKnown?: (fingerprint: string) => boolean
  readonly onProgress: (stage: ReplayEnvironment, share: number) => void
}

/** The analysis of what the store holds, over the settings' window or all of it. */
export const analyseStore = (
  settings: Pick<
    AuditSettings,
    | "from"
    | "to"
    | "reconcileSeconds"
    | "healWithinSeconds"
    | "dropsFreshness"
    | "migrations"
    | "evidence"
    | "mirror"
    | "reconcile"
    | "routes"
    | "chosenRoutes"
    | "plans"
    | "chosenPlan"
    | "limits"
    | "products"
    | "freshnessGoals"
  > & { readonly faults?: FaultSettings }
): Effect.Effect<Analysis, AuditFailed | StoreUnavailable, Store> =>
  Effect.gen(function* () {
    const store = yield* Store
    const recording = yield* store.recording(
      {
        ...(settings.from === null ? {} : { from: settings.from }),
        ...(settings.to === null ? {} : { to: settings.to })
      },
      settings.products ?? []
    )
    const { firstAt, lastAt } = recording
    if (firstAt === null || lastAt === null) {
      return yield* new AuditFailed({
        reason: "nothingRecorded",
        message: nothingRecorded(settings, yield* store.span)
      })
    }
    const window = { from: settings.from ?? firstAt, to: settings.to ?? lastAt + 1 }
    if (window.to - window.from > longestSpanMs)
      return yield* new AuditFailed({
        reason: "window",
        message: `the window is ${Math.round((window.to - window.from) / 31_557_600_000)} years long, and an analysis takes three at the most: name a shorter one with --from and --to`
      })
    const subscribed = (yield* store.subscriptions).filter(({ state }) => state === "active")
    return analyse(recording, {
      window,
      activeEvents: Object.fromEntries(
        [...groupBy(subscribed, ({ account }) => account)].map(([account, rows]) => [
          account,
          rows.map(({ event }) => event)
        ])
      ),
      ...(settings.freshnessGoals === undefined ? {} : { freshnessGoals: settings.freshnessGoals }),
      ...(settings.reconcile === undefined ? {} : { reconcile: settings.reconcile }),
      reconcileSeconds: settings.reconcileSeconds,
      ...(settings.healWithinSeconds === undefined ? {} : { healWithinSeconds: settings.healWithinSeconds }),
      dropsFreshness: settings.dropsFreshness ?? false,
      ...(settings.migrations === undefined ? {} : { migrations: settings.migrations }),
      ...(settings.evidence === undefined ? {} : { evidence: settings.evidence }),
      ...(settings.mirror === undefined ? {} : { mirror: settings.mirror }),
      ...(settings.faults === undefined ? {} : { faults: countedFaults(settings.faults, window.from) }),
      routes: settings.routes,
      ...(settings.chosenRoutes === undefined ? {} : { chosenRoutes: settings.chosenRoutes }),
      plans: settings.plans,
      ...(settings.chosenPlan === undefined ? {} : { chosenPlan: settings.chosenPlan }),
      ...(settings.limits === undefined ? {} : { limits: settings.limits })
    })
  })

const nothingRecorded = (
  { from, products = [], to }: Pick<AuditSettings, "from" | "to" | "products">,
  span: RecordedSpan | null
): string => {
  if (span === null)
    return "nothing was recorded: run your integration with `node --import hookshift/register app.js`, or see what an audit looks like with `hookshift audit --demo`"
  const others = [
    ...(from === null && to === null ? [] : ["another window with --from and --to"]),
    ...(products.length === 0 ? [] : ["another product with --product"])
  ]
  return `${emptyWindowSentence({ from, to }, span, products)}: name ${others.join(", or ")}`
}

export const planFor = (
  analysis: Analysis,
  settings: Pick<AuditSettings, "sources" | "publicUrl" | "serviceAccounts">
) =>
  analysis.needs.flatMap((need) => {
    const provider = providerOf(need.product)
    return provider === null
      ? []
      : planSubscriptions({
          source: settings.sources[need.account] ?? need.product,
          account: need.account,
          planned: need.planned,
          publicUrl: settings.publicUrl,
          alsoWatch: [...new Set([...need.uncoveredFields, ...need.customFields])],
          serviceAccount: settings.serviceAccounts?.[need.account] ?? null
        })
  })

export const audit = (settings: AuditSettings): Effect.Effect<Report, AuditFailed | StoreUnavailable, Store> =>
  Effect.gen(function* () {
    const startedAt = performance.now()
    const store = yield* Store
    settings.onProgress("analyse", 0)
    const analysis = yield* analyseStore(settings)
    const known = yield* store.subscriptions
    const plan = planFor(analysis, settings)
    const subscriptions = plan.map(
      (planned): SubscriptionLine => ({
        product: planned.product,
        account: planned.account,
        event: planned.event,
        route: planned.route,
        state:
          known.find(
            (row) => row.account === planned.account && row.route === planned.route && row.event === planned.event
          )?.state ?? "planned"
      })
    )
    const replayed = settings.replay === null ? null : yield* replayOf(analysis, settings, settings.replay(analysis))
    const inModel = replayed === null ? null : yield* modelledDay(analysis, settings, replayed.result)
    settings.onProgress("report", 1)
    const report = buildReport({
      analysis,
      replay: replayed === null ? null : { ...replayed.result, ...inModel },
      shadow: settings.shadow ?? null,
      subscriptions,
      runbooks: runbooksBy(plan),
      reconcileSeconds: settings.reconcileSeconds,
      reconcile: settings.reconcile ?? {},
      faults: settings.faults.text,
      freshnessGoals: settings.freshnessGoals ?? {},
      plan:
        settings.healWithinSeconds === undefined
          ? null
          : {
              healWithinSeconds: settings.healWithinSeconds,
              goal: goalOf(settings),
              isGiven: settings.migrations !== undefined
            },
      isKnown: settings.isKnown ?? (() => false),
      generatedAt: settings.generatedAt ?? (yield* Clock.currentTimeMillis),
      measured: {
        ackSeconds: replayed?.ackSeconds ?? null,
        wallSeconds: Math.round(performance.now() - startedAt) / 1000
      }
    })
    yield* store.saveRun("audit", report.measured.wallSeconds === 0 ? 0 : Date.parse(report.generatedAt), report)
    return report
  })

const runbooksBy = (plan: ReadonlyArray<PlannedSubscription>): ReadonlyMap<string, ReadonlyArray<RunbookSteps>> =>
  new Map(
    [...groupBy(plan, (one) => one.account)].map(([account, mine]) => {
      const provider = providerOf(mine[0]!.product)
      return [account, provider === null ? [] : runbooksFor(provider, mine, signatureHeader.token)]
    })
  )

/** Every account that has something to migrate is replayed, all on one stage. */
const replayOf = (
  analysis: Analysis,
  settings: AuditSettings,
  { accounts, driver, mirrored, polling, startKept, startProviderPort, window }: ReplayParts
): Effect.Effect<Replayed | null, AuditFailed> => {
  const plans = replayPlans(analysis, settings.sources, accounts)
  if (plans.length === 0) return Effect.succeed(null)
  return Effect.tryPromise({
    try: () =>
      replay({
        from: window.from,
        to: window.to,
        seed: settings.seed,
        reconcileSeconds: settings.reconcileSeconds,
        faults: settings.faults,
        faultsText: settings.faults.text,
        plans,
        mirrorPlans: mirrorPlans(plans, analysis),
        startProviderPort,
        polling,
        startKept,
        mirrored,
        accounts: [...accounts].sort(),
        pollingDriver: driver,
        onProgress: (share) => settings.onProgress("replay", share),
        onMirrorProgress: (share) => settings.onProgress("mirror", share)
      }),
    catch: replayFailed
  })
}
