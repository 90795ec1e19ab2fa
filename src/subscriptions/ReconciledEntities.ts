/**
 * The entity types that a receiver reconciles: those of the applied subscriptions, else those of the verdicts on a
 * recording in the same database, else all that the routes push. A source's `reconcile` setting adds and removes
 * types. Pure.
 */
import { type EventName, entityOf } from "../domain/Event.js"
import { eventsOfRoutes, type OwnIntervals, type Provider, type Route, sweepable, withOwn } from "../providers/index.js"

export type ReconciledBy = "subscriptions" | "verdicts" | "route" | "setting"

export interface Reconciled {
  readonly entities: ReadonlyArray<string>
  readonly by: ReconciledBy
}

export const reconciled = (input: {
  readonly provider: Provider
  readonly routes: ReadonlyArray<Route>
  /** Events that are subscribed to, and the entity types planned with them. */
  readonly applied: { readonly events: ReadonlyArray<EventName>; readonly entities: ReadonlyArray<string> }
  /** Entity types by the verdicts on a recording; `null` without a recording, or without a migration. */
  readonly verdicts: ReadonlyArray<string> | null
  readonly own: OwnIntervals
}): Reconciled => {
  const { applied, own, provider, routes, verdicts } = input
  const subscribed = sweepable(provider, [...applied.events.map(entityOf), ...applied.entities])
  if (subscribed.length > 0) return { entities: withOwn(provider, subscribed, own), by: "subscriptions" }
  if (verdicts !== null && verdicts.length > 0) return { entities: withOwn(provider, verdicts, own), by: "verdicts" }
  // Without subscriptions and verdicts the named types alone are meant.
  if (Object.values(own).some((every) => every !== "off"))
    return { entities: withOwn(provider, [], own), by: "setting" }
  const pushed = Object.keys(provider.entities).filter((entity) => eventsOfRoutes(provider, routes, entity).length > 0)
  return { entities: withOwn(provider, pushed, own), by: "route" }
}
