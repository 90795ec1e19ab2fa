/**
 * Which changes the events of a plan push: the one rule by which the analysis, the forecast, the live comparison and
 * the replay judge a change. Pure.
 */
import { type Action, type EventName, entityOf } from "../domain/Event.js"
import { eventFor, eventOnDependant, eventsOf, type Provider, type Route } from "./Provider.js"

/** The events that are subscribed to, or that `subscriptions plan` would subscribe to. */
export interface PlannedEvents {
  readonly provider: Provider
  readonly route: Route
  readonly events: ReadonlySet<EventName>
  /** By event: the fields that its applied rule watches, in place of the catalogue's. */
  readonly watches: ReadonlyMap<EventName, ReadonlyArray<string>>
}

export interface Change {
  readonly entity: string
  readonly action: Action
  /** `null` where the version before is not known. */
  readonly changed: ReadonlyArray<string> | null
}

export type Push =
  | { readonly kind: "pushed"; readonly event: EventName; readonly fields: ReadonlyArray<string> }
  /** No event of the plan fires for these fields. */
  | { readonly kind: "uncovered"; readonly fields: ReadonlyArray<string> }
  /** Only the stamp shows, or not even the version before: an event may fire or not. */
  | { readonly kind: "unknown" }

const noWatches: PlannedEvents["watches"] = new Map()

/** The plan of these events. */
export const planOf = (
  provider: Provider,
  route: Route,
  events: Iterable<EventName>,
  watches: PlannedEvents["watches"] = noWatches
): PlannedEvents => ({ provider, route, events: new Set(events), watches })

/** Every event that a route has for these entity types: the plan for pollers that read them. */
export const plannedFor = (provider: Provider, route: Route, entities: Iterable<string>): PlannedEvents =>
  planOf(
    provider,
    route,
    [...entities].flatMap((entity) => eventsOf(provider, route, entity))
  )

export const pushOf = (plan: PlannedEvents, { action, changed, entity }: Change): Push => {
  const { events, provider, route } = plan
  if (action !== "update") {
    const event = eventFor(provider, route, entity, action, [])
    return event !== null && events.has(event)
      ? { kind: "pushed", event, fields: [] }
      : { kind: "uncovered", fields: changed ?? [] }
  }
  const stamp = provider.entities[entity]?.updatedAtField ?? "updated_at"
  const shown = changed?.filter((field) => field !== stamp) ?? []
  if (shown.length > 0) {
    const fields = shown.filter((field) => firingOf(plan, entity, field) !== null)
    const [first] = fields
    return first === undefined
      ? { kind: "uncovered", fields: shown }
      : { kind: "pushed", event: firingOf(plan, entity, first)!, fields }
  }
  // A dependant that comes moves the stamp of its parent: a reply's own event tells of it.
  const dependant = dependantsThatTouch(provider, entity)
    .flatMap((name) => provider.routes[route]?.[name]?.create ?? [])
    .find((event) => events.has(event))
  if (dependant !== undefined && changed !== null) return { kind: "pushed", event: dependant, fields: [] }
  const update = provider.routes[route]?.[entity]?.update ?? null
  const mayFire = dependant !== undefined || (update !== null && events.has(update))
  return mayFire ? { kind: "unknown" } : { kind: "uncovered", fields: [stamp] }
}

/** The event of the plan that fires when this field changes. */
const firingOf = ({ events, provider, route, watches }: PlannedEvents, entity: string, field: string) => {
  const update = provider.routes[route]?.[entity]?.update ?? null
  if (update === null || !events.has(update)) return null
  const watched = watches.get(update) ?? []
  if (watched.length > 0) return watched.includes(field.replace(/^custom_fields\./, "")) ? update : null
  return eventFor(provider, route, entity, "update", [field])
}

/**
 * The event of an entity itself by which a route tells that a dependant has moved its stamp: a rule's, on a reply.
 * `null` where each dependant has an event of its own, or none.
 */
export const ownEventOnDependants = (provider: Provider, route: Route, entity: string): EventName | null =>
  dependantsThatTouch(provider, entity)
    .map((name) => eventOnDependant(provider, route, entity, name))
    .find((event) => event !== null && entityOf(event) === entity) ?? null

/** The types whose creation moves the stamp of this one. */
export const dependantsThatTouch = (provider: Provider, entity: string): ReadonlyArray<string> =>
  Object.values(provider.entities).flatMap(({ name, touches }) => (touches?.entity === entity ? [name] : []))

/** Whether it is pushed by an event of the entity itself, and not of a dependant that moved its stamp. */
export const isOwnPush = (push: Push, entity: string): push is Extract<Push, { readonly kind: "pushed" }> =>
  push.kind === "pushed" && entityOf(push.event) === entity
