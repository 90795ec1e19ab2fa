/**
 * What a receiver reconciles, and on whose word: the subscriptions that were applied, else the verdicts on a recording in the
 * same database, else all that the route pushes. A source's `reconcile` setting adds and takes out by name. Pure.
 */
import { type EventName, entityOf } from "../domain/Event.js"
import { eventsOf, type OwnIntervals, type Provider, type Route, sweepable, withOwn } from "../providers/index.js"

export type ReconciledBy = "subscriptions" | "verdicts" | "route" | "setting"

export interface Reconciled {
  readonly entities: ReadonlyArray<string>
  readonly by: ReconciledBy
}

export const reconciled = (input: {
  readonly provider: Provider
  readonly route: Route
  /** Events that are subscribed to, and what was to be reconciled with them. */
  readonly applied: { readonly events: ReadonlyArray<EventName>; readonly entities: ReadonlyArray<string> }
  /** What the verdicts on a recording call for; `null` where they call for nothing, or there is no recording. */
  readonly verdicts: ReadonlyArray<string> | null
  readonly own: OwnIntervals
}): Reconciled => {
  const { applied, own, provider, route, verdicts } = input
  const subscribed = sweepable(provider, [...applied.events.map(entityOf), ...applied.entities])
  if (subscribed.length > 0) return { entities: withOwn(provider, subscribed, own), by: "subscriptions" }
  if (verdicts !== null && verdicts.length > 0) return { entities: withOwn(provider, verdicts, own), by: "verdicts" }
  // Who names types means these.
  if (Object.values(own).some((every) => every !== "off"))
    return { entities: withOwn(provider, [], own), by: "setting" }
  const pushed = Object.keys(provider.entities).filter((entity) => eventsOf(provider, route, entity).length > 0)
  return { entities: withOwn(provider, pushed, own), by: "route" }
}
