/**
 * Which changes the events of a plan push: the one rule by which the analysis, the forecast, the live comparison and
 * the replay judge a change. Pure.
 */
import { type Action, type EventName, entityOf } from "../domain/Event.js"
import type { AccountMigration } from "../domain/MigrationPlan.js"
import {
  eventFor,
  eventOnDependant,
  eventsOf,
  type Provider,
  type Route,
  type RouteCoverage,
  routes
} from "./Provider.js"

/** The events that are subscribed to, or that `subscriptions plan` would subscribe to, by one route or several. */
export interface PlannedEvents {
  readonly provider: Provider
  /** In the order of `routes`, however they were named. */
  readonly routes: ReadonlyArray<Route>
  /** The events of all routes. */
  readonly events: ReadonlySet<EventName>
  /** By route: its events. */
  readonly eventsBy: ReadonlyMap<Route, ReadonlySet<EventName>>
  /** By event: the fields that its applied rule watches, in place of the catalogue's. */
  readonly watches: ReadonlyMap<EventName, ReadonlyArray<string>>
}

export interface Change {
  readonly entity: string
  readonly action: Action
  /** `null` where the version before is not known. */
  readonly changed: ReadonlyArray<string> | null
}

/** A route that pushes a change, and its event. Each makes a delivery of its own. */
export interface RoutePush {
  readonly route: Route
  readonly event: EventName
}

export type Push =
  | {
      readonly kind: "pushed"
      /** The first route's. */
      readonly event: EventName
      /** Changed fields for which any route fires. */
      readonly fields: ReadonlyArray<string>
      /** All routes that push it, in the order of the plan. */
      readonly by: ReadonlyArray<RoutePush>
      /** Its stamp alone has moved: a dependant's coming is taken to have moved it. */
      readonly onDependant?: true
    }
  /** No event of the plan fires for these fields. */
  | { readonly kind: "uncovered"; readonly fields: ReadonlyArray<string> }
  /** Only the stamp shows, or not even the version before: an event may fire or not. */
  | { readonly kind: "unknown" }

const noWatches: PlannedEvents["watches"] = new Map()

/** Routes in their fixed order, each once. */
export const inOrder = (chosen: ReadonlyArray<Route>): ReadonlyArray<Route> =>
  routes.filter((route) => chosen.includes(route))

/** How reports and messages name the routes of an account: `app + rule`. */
export const routesText = (chosen: ReadonlyArray<Route>): string => inOrder(chosen).join(" + ")

/** The plan of these events, each by all of the routes that have it. */
export const planOf = (
  provider: Provider,
  chosen: ReadonlyArray<Route>,
  events: Iterable<EventName>,
  watches: PlannedEvents["watches"] = noWatches
): PlannedEvents => {
  const all = [...events]
  return planByRoute(provider, new Map(chosen.map((route) => [route, all])), watches)
}

/** The plan of events that differ from route to route. */
export const planByRoute = (
  provider: Provider,
  eventsBy: ReadonlyMap<Route, Iterable<EventName>>,
  watches: PlannedEvents["watches"] = noWatches
): PlannedEvents => {
  const ordered = inOrder([...eventsBy.keys()])
  const sets = new Map(ordered.map((route) => [route, new Set(eventsBy.get(route))]))
  return {
    provider,
    routes: ordered,
    events: new Set([...sets.values()].flatMap((events) => [...events])),
    eventsBy: sets,
    watches
  }
}

/** The events of an account's migration plan. */
export const plannedIn = (provider: Provider, { routes }: Pick<AccountMigration, "routes">): PlannedEvents =>
  planByRoute(
    provider,
    new Map(routes.map(({ events, route }) => [route, events.map(({ event }) => event)])),
    new Map(
      routes.flatMap(({ events }) =>
        events.flatMap(({ event, watches }) => (watches.length === 0 ? [] : [[event, watches] as const]))
      )
    )
  )

/** The events of a plan by one of its routes. */
export const onlyBy = ({ eventsBy, provider, watches }: PlannedEvents, route: Route): PlannedEvents =>
  planByRoute(provider, new Map([[route, eventsBy.get(route) ?? []]]), watches)

/** The events of a plan that are about these entity types. */
export const restrictTo = (plan: PlannedEvents, entities: Iterable<string>): PlannedEvents => {
  const { eventsBy, provider, watches } = plan
  const about = (route: Route) => new Set([...entities].flatMap((entity) => eventsOf(provider, route, entity)))
  const kept = [...eventsBy].map(([route, events]) => {
    const wanted = about(route)
    return [route, [...events].filter((event) => wanted.has(event))] as const
  })
  return planByRoute(provider, new Map(kept), watches)
}

/** The events of both plans, by route; where both say which fields an event watches, the first one counts. */
export const joined = (one: PlannedEvents, other: PlannedEvents): PlannedEvents =>
  planByRoute(
    one.provider,
    new Map(
      inOrder([...one.routes, ...other.routes]).map((route) => [
        route,
        [...(one.eventsBy.get(route) ?? []), ...(other.eventsBy.get(route) ?? [])]
      ])
    ),
    new Map([...other.watches, ...one.watches])
  )

/** Every event that one of the routes can fire for an entity. */
export const eventsOfRoutes = (
  provider: Provider,
  chosen: ReadonlyArray<Route>,
  entity: string
): ReadonlyArray<EventName> => [...new Set(inOrder(chosen).flatMap((route) => eventsOf(provider, route, entity)))]

/** Every event that the routes have for these entity types: the plan for pollers that read them. */
export const plannedFor = (
  provider: Provider,
  chosen: ReadonlyArray<Route>,
  entities: Iterable<string>
): PlannedEvents =>
  planOf(
    provider,
    chosen,
    [...entities].flatMap((entity) => eventsOfRoutes(provider, chosen, entity))
  )

export const pushOf = (plan: PlannedEvents, { action, changed, entity }: Change): Push => {
  const { provider } = plan
  if (action !== "update") {
    const by = pushesOf(plan, (route) => eventFor(provider, route, entity, action, []))
    return pushedBy(by, []) ?? { kind: "uncovered", fields: changed ?? [] }
  }
  const stamp = provider.entities[entity]?.updatedAtField ?? "updated_at"
  const shown = changed?.filter((field) => field !== stamp) ?? []
  if (shown.length > 0) {
    const fields = shown.filter((field) => plan.routes.some((route) => firingOf(plan, route, entity, field) !== null))
    const by = pushesOf(
      plan,
      (route) => shown.map((field) => firingOf(plan, route, entity, field)).find((event) => event !== null) ?? null
    )
    return pushedBy(by, fields) ?? { kind: "uncovered", fields: shown }
  }
  // A dependant that comes moves the stamp of its parent: a reply's own event tells of it, or the ticket's.
  const dependants = dependantsThatTouch(provider, entity)
  const by = pushesOf(
    plan,
    (route, events) =>
      dependants
        .map((name) => firingOnDependant(plan, route, entity, name))
        .find((event) => event !== null && events.has(event)) ?? null
  )
  const told = changed === null ? null : pushedBy(by, [])
  if (told !== null) return { ...told, onDependant: true }
  const updates = pushesOf(plan, (route) => provider.routes[route]?.[entity]?.update ?? null)
  return by.length + updates.length > 0 ? { kind: "unknown" } : { kind: "uncovered", fields: [stamp] }
}

/** The routes with an event of the plan among those that a rule names. */
const pushesOf = (
  { eventsBy }: PlannedEvents,
  eventOf: (route: Route, events: ReadonlySet<EventName>) => EventName | null
): ReadonlyArray<RoutePush> =>
  [...eventsBy].flatMap(([route, events]) => {
    const event = eventOf(route, events)
    return event !== null && events.has(event) ? [{ route, event }] : []
  })

type Pushed = Extract<Push, { readonly kind: "pushed" }>

const pushedBy = (by: ReadonlyArray<RoutePush>, fields: ReadonlyArray<string>): Pushed | null => {
  const [first] = by
  return first === undefined ? null : { kind: "pushed", event: first.event, fields, by }
}

/** The event of the plan that a route fires when this field changes. */
const firingOf = ({ eventsBy, provider, watches }: PlannedEvents, route: Route, entity: string, field: string) => {
  const update = provider.routes[route]?.[entity]?.update ?? null
  if (update === null || eventsBy.get(route)?.has(update) !== true) return null
  // An app watches what the platform does, whatever the rule beside it names.
  const watched = route === "app" ? [] : (watches.get(update) ?? [])
  if (watched.length > 0) return watched.includes(field.replace(/^custom_fields\./, "")) ? update : null
  return eventFor(provider, route, entity, "update", [field])
}

/** The event by which a route tells that a dependant has come. */
const firingOnDependant = ({ provider, watches }: PlannedEvents, route: Route, entity: string, dependant: string) => {
  const event = eventOnDependant(provider, route, entity, dependant)
  if (event === null || entityOf(event) !== entity) return event
  // A rule that was applied for fields alone fires on no reply.
  const watched = route === "app" ? [] : (watches.get(event) ?? [])
  const names = provider.routes[route]?.[entity]?.onDependants?.[dependant] ?? []
  return watched.length === 0 || names.some((name) => watched.includes(name)) ? event : null
}

/** Coverage of an entity type by the union of routes; `undefined` where none pushes anything of it. */
export const coverageOf = (
  provider: Provider,
  chosen: ReadonlyArray<Route>,
  entity: string
): RouteCoverage | undefined =>
  inOrder(chosen)
    .flatMap((route) => provider.routes[route]?.[entity] ?? [])
    .reduce<RouteCoverage | undefined>((union, one) => (union === undefined ? one : unionOf(union, one)), undefined)

const unionOf = (a: RouteCoverage, b: RouteCoverage): RouteCoverage => ({
  create: a.create ?? b.create,
  delete: a.delete ?? b.delete,
  update: a.update ?? b.update,
  updateFields:
    a.updateFields === "all" || b.updateFields === "all" ? "all" : new Set([...a.updateFields, ...b.updateFields]),
  customFields: a.customFields === true || b.customFields === true,
  onDependants: bothOf(a.onDependants ?? {}, b.onDependants ?? {})
})

const bothOf = (
  a: NonNullable<RouteCoverage["onDependants"]>,
  b: NonNullable<RouteCoverage["onDependants"]>
): NonNullable<RouteCoverage["onDependants"]> =>
  Object.fromEntries(
    [...new Set([...Object.keys(a), ...Object.keys(b)])].map((dependant) => [
      dependant,
      [...new Set([...(a[dependant] ?? []), ...(b[dependant] ?? [])])]
    ])
  )

/** The types whose creation moves the stamp of this one. */
export const dependantsThatTouch = (provider: Provider, entity: string): ReadonlyArray<string> =>
  Object.values(provider.entities).flatMap(({ name, touches }) => (touches?.entity === entity ? [name] : []))

/**
 * Dependants that move their parents' stamps, and of which the plan pushes creations and updates: a parent whose
 * stamp an event explains has none that is unknown, but for one that a later change hides.
 */
export const toldDependants = (plan: PlannedEvents): ReadonlyArray<string> => {
  const { provider } = plan
  return Object.values(provider.entities).flatMap(({ name, touches }) => {
    const isBeneathChanged = provider.sweeps[name]?.parent?.which === "changed"
    const pushes = (kind: "create" | "update") =>
      plan.routes.some((route) => {
        const event = provider.routes[route]?.[name]?.[kind] ?? null
        return event !== null && plan.eventsBy.get(route)?.has(event) === true
      })
    return touches !== undefined && isBeneathChanged && pushes("create") && pushes("update") ? [name] : []
  })
}

/** The routes that push it by an event of the entity itself, and not of a dependant that moved its stamp. */
export const ownPushesOf = (push: Push, entity: string): ReadonlyArray<RoutePush> =>
  push.kind === "pushed" ? push.by.filter(({ event }) => entityOf(event) === entity) : []

/**
 * Whether an event of the entity itself is sure to push it. A stamp that moved alone may have moved by something that
 * fires no event.
 */
export const isOwnPush = (push: Push, entity: string): push is Pushed =>
  push.kind === "pushed" && push.onDependant !== true && entityOf(push.event) === entity

/** The push that is sure to tell of a change, by an event of the entity itself; `null` for none. */
export const ownPushOf = (plan: PlannedEvents, change: Change): Pushed | null => {
  const push = pushOf(plan, change)
  return isOwnPush(push, change.entity) ? push : null
}
