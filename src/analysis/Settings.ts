/** The settings of an analysis. Pure. */
import type { AccountMigration } from "../domain/MigrationPlan.js"
import type { MirrorRule } from "../domain/MirrorRule.js"
import type { PushEvidence } from "../domain/PushEvidence.js"
import { tableOf } from "../domain/Table.js"
import { inOrder, type OwnIntervals, type Provider, type Route, type SetLimit } from "../providers/index.js"
import type { Window } from "../store/service.js"
import type { AssumedFaults } from "./costs/AssumedFaults.js"

export interface AnalysisSettings {
  readonly window: Window
  /** Interval of every type that none of its own is set or planned for. */
  readonly reconcileSeconds: number
  /** The healing bound; with it, accounts without a `reconcile` setting of their own are planned. */
  readonly healWithinSeconds?: number
  /** `--slo none`: a plan may make pollers staler than they are. */
  readonly dropsFreshness?: boolean
  /** By account. */
  readonly routes: Readonly<Record<string, ReadonlyArray<Route>>>
  /** `--route`, in place of `routes`: for every account, as far as its product has them. */
  readonly chosenRoutes?: ReadonlyArray<Route>
  /** By account: the rate-limit plan that the configuration names. */
  readonly plans: Readonly<Record<string, string>>
  /** `--plan`, in place of `plans`: for every account whose product has it. */
  readonly chosenPlan?: string
  /**
   * By account: the limit that the configuration sets. It goes before its plan's, and before the limits that answers
   * tell.
   */
  readonly limits?: Readonly<Record<string, SetLimit>>
  /** By entity type: `--slo`. */
  readonly freshnessGoals?: Readonly<Record<string, FreshnessGoal>>
  /** By account: its source's `reconcile` setting. */
  readonly reconcile?: Readonly<Record<string, ReconcileSetting>>
  /** By account: a plan to carry out as it is, in place of one that the analysis makes. */
  readonly migrations?: Readonly<Record<string, AccountMigration>>
  /** By account: measured loss and latency of its pushes. */
  readonly evidence?: Readonly<Record<string, PushEvidence>>
  /** The mirror's rule on requests; without it the way through the mirror is not forecast. */
  readonly mirror?: MirrorRule
  /** Faults whose calls count as remaining ones. */
  readonly faults?: AssumedFaults
  /** By account: events that are subscribed to already, and arrive. */
  readonly activeEvents?: Readonly<Record<string, ReadonlyArray<string>>>
}

/** The settings with tables that are safe to index by names from a recording, such as `__proto__`. */
export const withTables = (settings: AnalysisSettings): AnalysisSettings => ({
  ...settings,
  routes: tableOf(settings.routes),
  plans: tableOf(settings.plans),
  ...(settings.limits === undefined ? {} : { limits: tableOf(settings.limits) }),
  ...(settings.freshnessGoals === undefined ? {} : { freshnessGoals: tableOf(settings.freshnessGoals) }),
  ...(settings.reconcile === undefined ? {} : { reconcile: tableOf(settings.reconcile) }),
  ...(settings.migrations === undefined ? {} : { migrations: tableOf(settings.migrations) }),
  ...(settings.evidence === undefined ? {} : { evidence: tableOf(settings.evidence) }),
  ...(settings.activeEvents === undefined ? {} : { activeEvents: tableOf(settings.activeEvents) })
})

/** The name of the account's plan; `null` where none is known. */
export const planNameOf = (
  { chosenPlan, plans }: Pick<AnalysisSettings, "plans" | "chosenPlan">,
  account: string,
  provider: Provider | null
): string | null =>
  chosenPlan !== undefined && provider?.plans[chosenPlan] !== undefined ? chosenPlan : (plans[account] ?? null)

export interface ReconcileSetting {
  /** In seconds; `null` for the default. */
  readonly every: number | null
  /** Entity types with an interval of their own. */
  readonly own: OwnIntervals
}

/** The account's `reconcile.every` in seconds: it precedes a plan, whose promises it does not keep; `null` without. */
export const setIntervalOf = ({ reconcile }: Pick<AnalysisSettings, "reconcile">, account: string): number | null =>
  reconcile?.[account]?.every ?? null

export interface FreshnessGoal {
  readonly seconds: number
  readonly at: "p50" | "p95" | "max"
  /** It is the poller's freshness of today, and no goal that is set. */
  readonly isTodays?: boolean
}

/** The goals that are set for these types: a poller reads one or several. */
export const goalsSetFor = (
  entities: ReadonlyArray<string>,
  { freshnessGoals }: Pick<AnalysisSettings, "freshnessGoals">
): ReadonlyArray<FreshnessGoal> => entities.flatMap((entity) => freshnessGoals?.[entity] ?? [])

const defaultRoute: Route = "app"

/** The configured routes of an account; without any the app route, or `ui` where the product has no apps. */
export const routesOf = (
  settings: AnalysisSettings,
  account: string,
  provider: Provider | null
): ReadonlyArray<Route> => {
  const chosen = settings.chosenRoutes?.filter((route) => provider?.routes[route] !== undefined) ?? []
  const named = chosen.length > 0 ? chosen : (settings.routes[account] ?? [])
  if (named.length > 0) return inOrder(named)
  return [provider === null || provider.routes[defaultRoute] !== undefined ? defaultRoute : "ui"]
}

/** Measured loss and latency of the pushes of a poller's account. */
export const evidenceOf = (
  { poller }: { readonly poller: { readonly stream: { readonly account: string } } },
  { evidence }: Pick<AnalysisSettings, "evidence">
): PushEvidence | undefined => evidence?.[poller.stream.account]

/** Whether a plan keeps today's freshness, other goals that are set, or none. */
export const goalOf = ({
  dropsFreshness = false,
  freshnessGoals = {}
}: {
  readonly dropsFreshness?: boolean | undefined
  readonly freshnessGoals?: AnalysisSettings["freshnessGoals"] | undefined
}): "today" | "set" | "none" => (dropsFreshness ? "none" : Object.keys(freshnessGoals).length > 0 ? "set" : "today")
