/** A poller with what its analysis needs, and the small questions that several steps ask of it. Pure. */
import type { ItemVersion } from "../domain/Call.js"
import type { Coverage, Judged } from "../domain/Poller.js"
import type { Provider, Route } from "../providers/index.js"
import type { Window } from "../store/service.js"
import type { DetectedPoller } from "./Sweeps.js"

export interface AnalysisSettings {
  readonly window: Window
  readonly reconcileSeconds: number
  /** By account. */
  readonly routes: Readonly<Record<string, Route>>
  /** By account: the plan's name where the configuration states one. */
  readonly plans: Readonly<Record<string, string>>
}

export interface Examined {
  readonly poller: DetectedPoller
  readonly versions: ReadonlyArray<ItemVersion>
  readonly coverage: Coverage | null
  readonly coverageShare: number | null
  readonly route: Route
  readonly yieldKnown: boolean
}

/** Whether webhooks take its place. */
export const replaced = (poller: Judged): boolean => poller.verdict === "migrate" || poller.verdict === "hybrid"

const defaultRoute: Route = "app"

/** The route of an account whose configuration names none: the app, where the product can have one. */
export const routeOf = (settings: AnalysisSettings, account: string, provider: Provider | null): Route =>
  settings.routes[account] ?? (provider === null || provider.routes[defaultRoute] !== undefined ? defaultRoute : "ui")

/** The entity types that a poller brings: its list's, and those of its detail calls. */
export const entitiesOf = ({ detailStreams, endpoint, provider }: DetectedPoller): ReadonlyArray<string> => {
  const names = new Set<string>(endpoint?.entity == null ? [] : [endpoint.entity])
  for (const stream of detailStreams) {
    const detail = provider?.endpoints.find(
      (known) => known.method === stream.method && known.template === stream.template
    )
    if (detail?.entity != null) names.add(detail.entity)
  }
  return [...names]
}
