/** The settings of an analysis. Pure. */
import { tableOf } from "../domain/Table.js"
import { inOrder, type OwnIntervals, type Provider, type Route } from "../providers/index.js"
import type { Window } from "../store/service.js"

export interface AnalysisSettings {
  readonly window: Window
  readonly reconcileSeconds: number
  /** By account. */
  readonly routes: Readonly<Record<string, ReadonlyArray<Route>>>
  /** `--route`, in place of `routes`: for every account, as far as its product has them. */
  readonly chosenRoutes?: ReadonlyArray<Route>
  /** By account: the rate-limit plan that the configuration names. */
  readonly plans: Readonly<Record<string, string>>
  /** By entity type: `--slo`. */
  readonly freshnessGoals?: Readonly<Record<string, FreshnessGoal>>
  /** By account: its source's `reconcile` setting. */
  readonly reconcile?: Readonly<Record<string, ReconcileSetting>>
  /** By account: events that are subscribed to already, and arrive. */
  readonly activeEvents?: Readonly<Record<string, ReadonlyArray<string>>>
}

/** The settings with tables that are safe to index by names from a recording, such as `__proto__`. */
export const withTables = (settings: AnalysisSettings): AnalysisSettings => ({
  ...settings,
  routes: tableOf(settings.routes),
  plans: tableOf(settings.plans),
  ...(settings.freshnessGoals === undefined ? {} : { freshnessGoals: tableOf(settings.freshnessGoals) }),
  ...(settings.reconcile === undefined ? {} : { reconcile: tableOf(settings.reconcile) }),
  ...(settings.activeEvents === undefined ? {} : { activeEvents: tableOf(settings.activeEvents) })
})

export interface ReconcileSetting {
  /** In seconds; `null` for the default. */
  readonly every: number | null
  /** Entity types with an interval of their own. */
  readonly own: OwnIntervals
}

export interface FreshnessGoal {
  readonly seconds: number
  readonly at: "p50" | "p95" | "max"
}

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
