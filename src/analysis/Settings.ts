/** What an analysis is told, and what it knows of a poller while it judges. Pure. */
import { endpointName } from "../domain/Endpoint.js"
import type { Coverage } from "../domain/Poller.js"
import { tableOf } from "../domain/Table.js"
import { cataloguedEndpoint, type OwnIntervals, type Provider, type Route, withOwn } from "../providers/index.js"
import type { Window } from "../store/service.js"
import type { DetectedPoller } from "./detection/Detection.js"
import type { ChangeRate, RateUnknown } from "./estimates/ChangeRate.js"
import type { Lags } from "./estimates/Lags.js"
import type { SeenVersion } from "./estimates/SeenVersions.js"

export interface AnalysisSettings {
  readonly window: Window
  readonly reconcileSeconds: number
  /** By account. */
  readonly routes: Readonly<Record<string, Route>>
  /** By account: the plan's name where the configuration states one. */
  readonly plans: Readonly<Record<string, string>>
  /** By entity type: how fresh its changes have to be. */
  readonly freshnessGoals?: Readonly<Record<string, FreshnessGoal>>
  /** By account: how often it is reconciled where its source sets that, and which types apart from the others, in seconds. */
  readonly reconcile?: Readonly<Record<string, ReconcileSetting>>
  /** By account: events that are subscribed to already, and arrive. */
  readonly activeEvents?: Readonly<Record<string, ReadonlyArray<string>>>
}

/** A recording asks by accounts and entity types in the words of whoever wrote it. */
export const withTables = (settings: AnalysisSettings): AnalysisSettings => ({
  ...settings,
  routes: tableOf(settings.routes),
  plans: tableOf(settings.plans),
  ...(settings.freshnessGoals === undefined ? {} : { freshnessGoals: tableOf(settings.freshnessGoals) }),
  ...(settings.reconcile === undefined ? {} : { reconcile: tableOf(settings.reconcile) }),
  ...(settings.activeEvents === undefined ? {} : { activeEvents: tableOf(settings.activeEvents) })
})

export interface ReconcileSetting {
  readonly every: number | null
  readonly own: OwnIntervals
}

export interface FreshnessGoal {
  readonly seconds: number
  readonly at: "p50" | "p95" | "max"
}

export interface Examined {
  readonly poller: DetectedPoller
  readonly versions: ReadonlyArray<SeenVersion>
  readonly lags: Lags
  readonly skewMs: number
  /** Whether any answer had a `Date`. */
  readonly skewKnown: boolean
  /** Of the entity type that it lists. */
  readonly changeRate: ChangeRate | RateUnknown
  /** By route, the configured one first. */
  readonly coverage: ReadonlyArray<SeenCoverage>
  readonly route: Route
  /** What all but a few of the sweeps found is known. */
  readonly yieldKnown: boolean
}

export interface SeenCoverage {
  readonly route: Route
  readonly coverage: Coverage
  /** The worse end: no unknown change is pushed. `null` where no change was observed. */
  readonly share: number | null
  /** The better end: all unknown changes are. */
  readonly shareAtMost: number | null
}

const defaultRoute: Route = "app"

/** The route of an account whose configuration names none: the app, where the product can have one. */
export const routeOf = (settings: AnalysisSettings, account: string, provider: Provider | null): Route =>
  settings.routes[account] ?? (provider === null || provider.routes[defaultRoute] !== undefined ? defaultRoute : "ui")

/** The entity types that a poller brings: its list's, and those of its detail calls. */
export const entitiesOf = ({ details, endpoint, provider }: DetectedPoller): ReadonlyArray<string> => {
  const names = new Set<string>(endpoint?.entity == null ? [] : [endpoint.entity])
  for (const { recording } of details) {
    const detail = cataloguedEndpoint(provider, recording.stream.method, recording.stream.template)
    if (detail?.entity != null) names.add(detail.entity)
  }
  return [...names]
}

/** The entity types that are reconciled once webhooks have taken the place of these pollers of an account. */
export const reconciledFor = (
  movers: ReadonlyArray<Examined>,
  { reconcile }: Pick<AnalysisSettings, "reconcile">
): ReadonlyArray<string> => {
  const [first] = movers
  if (first === undefined || first.poller.provider === null) return []
  const own = reconcile?.[first.poller.stream.account]?.own ?? {}
  return withOwn(
    first.poller.provider,
    movers.flatMap(({ poller }) => entitiesOf(poller)),
    own
  )
}

/** A search that asks what changed since: a list in disguise. */
export const isSearchFeed = ({ endpoint, stream }: DetectedPoller): boolean =>
  endpoint?.kind === "search" && stream.query.includes("@changes")

/** Program and endpoint, for a sentence. */
export const nameOf = ({ stream }: DetectedPoller): string =>
  `${stream.integration} (${endpointName(stream.method, stream.template)})`
