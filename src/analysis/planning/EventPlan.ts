/** Which events an account subscribes to by each of its routes. Pure. */
import type { EventName } from "../../domain/Event.js"
import { getOrMake } from "../../domain/Grouping.js"
import {
  eventFor,
  eventsOf,
  inOrder,
  type PlannedEvents,
  type Provider,
  planByRoute,
  plannedFor,
  pushOf,
  type Route,
  type RouteCoverage
} from "../../providers/index.js"
import type { ObservedChange } from "../estimates/ObservedChanges.js"

/** The observed changes of an entity type. */
export type ChangesOf = (entity: string) => ReadonlyArray<ObservedChange>

/**
 * The first route has all of its events. A further one has those that the routes before it lack; of an update that they
 * have, it watches only the fields whose observed changes they do not push. So a delivery is made twice for a change of
 * both kinds of fields alone.
 */
export const eventPlanOf = (
  provider: Provider,
  routes: ReadonlyArray<Route>,
  entities: ReadonlyArray<string>,
  changesOf: ChangesOf
): PlannedEvents => {
  const [first, ...further] = inOrder(routes)
  if (first === undefined) return plannedFor(provider, [], entities)
  let plan = plannedFor(provider, [first], entities)
  for (const route of further) {
    const events: Array<EventName> = []
    const watches = new Map(plan.watches)
    for (const entity of entities) {
      const coverage = provider.routes[route]?.[entity]
      if (coverage === undefined) continue
      const had = new Set(plan.routes.flatMap((one) => eventsOf(provider, one, entity)))
      for (const event of [coverage.create, coverage.delete]) if (event !== null && !had.has(event)) events.push(event)
      const { update } = coverage
      if (update === null) continue
      if (!had.has(update)) events.push(update)
      else {
        const fields = fieldsBeside(plan, route, entity, changesOf(entity), coverage.updateFields)
        if (fields.length === 0) continue
        events.push(update)
        watches.set(update, fields)
      }
    }
    if (events.length === 0) continue
    plan = planByRoute(provider, new Map<Route, Iterable<EventName>>([...plan.eventsBy, [route, events]]), watches)
  }
  return plan
}

/**
 * Fields that the route can watch and that no route of the plan pushes: those that changed, custom ones by their own
 * names, and where there are any, those that the catalogue names.
 */
const fieldsBeside = (
  plan: PlannedEvents,
  route: Route,
  entity: string,
  changes: ReadonlyArray<ObservedChange>,
  named: RouteCoverage["updateFields"]
): ReadonlyArray<string> => {
  const pushes = new Map<string, boolean>()
  const fields = new Set<string>()
  const take = (field: string): void => {
    const change = { entity, action: "update", changed: [field] } as const
    const isBeside = getOrMake(
      pushes,
      field,
      () =>
        pushOf(plan, change).kind === "uncovered" &&
        eventFor(plan.provider, route, entity, change.action, change.changed) !== null
    )
    if (isBeside && field !== plan.provider.entities[entity]?.updatedAtField)
      fields.add(field.replace(/^custom_fields\./, ""))
  }
  for (const { action, changed } of changes) if (action === "update" && changed !== null) changed.forEach(take)
  // Once it is there, it watches what it can by name: a field that did not change lately costs nothing.
  if (fields.size > 0 && named !== "all") named.forEach(take)
  return [...fields].sort()
}
