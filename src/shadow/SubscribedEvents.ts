/** The events that a source is subscribed to, and whether they cover an entity type. Pure. */
import { entityOf } from "../domain/Event.js"
import { type PlannedEvents, planByRoute, plannedFor, type Route } from "../providers/index.js"
import type { LiveEvidence } from "../store/index.js"
import type { ShadowedAccount } from "./Settings.js"

export interface Subscribed extends PlannedEvents {
  /** Subscribed to by hookshift: no other event arrives. */
  readonly known: boolean
}

/** The events of the plan that is given, else those that hookshift subscribed to, else all events of the routes. */
export const subscribedOf = (
  { planned, provider, routes, source }: ShadowedAccount,
  evidence: LiveEvidence
): Subscribed => {
  if (planned !== undefined) return { ...planned, known: true }
  const subscribed = evidence.subscribed.get(source)
  const { events, eventsBy } =
    subscribed === undefined
      ? plannedFor(provider, routes, Object.keys(provider.entities))
      : planByRoute(provider, subscribed as ReadonlyMap<Route, ReadonlyArray<string>>)
  const watches = new Map(
    [...events].flatMap((event) => {
      const fields = evidence.watches.get(`${source} ${event}`)
      return fields === undefined ? [] : [[event, fields] as const]
    })
  )
  return { ...planByRoute(provider, eventsBy, watches), known: subscribed !== undefined }
}

/** Whether an event is subscribed to for this type or for a dependant that moves its stamp. */
export const subscriptionTo = (
  { events, known, provider }: Subscribed,
  entity: string
): "subscribed" | "none" | "unknown" => {
  if (!known) return "unknown"
  const covers = (event: string) => {
    const of = entityOf(event)
    return of === entity || provider.entities[of]?.touches?.entity === entity
  }
  return [...events].some(covers) ? "subscribed" : "none"
}
