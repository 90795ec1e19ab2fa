/** Entity types, entities and changes as the columns that the model takes. */
import type { AccountNeeds } from "../analysis/index.js"
import { entityOf } from "../domain/Event.js"
import {
  deletionsShow,
  inOrder,
  isShared,
  ownPushesOf,
  type Provider,
  pushOf,
  type Route,
  sendsThinEvents,
  toldDependants
} from "../providers/index.js"
import {
  action,
  covered,
  type EntityTypeSpec,
  notCarried,
  pushedBy,
  pushes,
  type RouteSpec,
  type Scenario
} from "../replay/index.js"
import type { Timeline } from "./RecordedTimeline.js"

/** The types that are looked after, and those beneath which they are read; parents before their dependants. */
export const typesOf = (
  provider: Provider,
  need: Pick<AccountNeeds, "planned" | "entities">
): ReadonlyArray<EntityTypeSpec> => {
  const names: Array<string> = []
  const add = (name: string): void => {
    const parent = provider.sweeps[name]?.parent?.entity
    if (parent !== undefined) add(parent)
    if (!names.includes(name)) names.push(name)
  }
  for (const name of need.entities) add(name)
  // Subscribed to and not reconciled: they move stamps of what is.
  for (const name of new Set([...need.planned.events].map(entityOf))) {
    const parent = provider.sweeps[name]?.parent?.entity
    if (parent !== undefined && names.includes(parent)) add(name)
  }
  const told = toldDependants(need.planned)
  return names.map((name) => {
    const sweep = provider.sweeps[name]!
    const tellsDeletion = need.planned.routes.some((route) => provider.routes[route]?.[name]?.delete != null)
    return {
      name,
      wanted: need.entities.includes(name),
      sweep,
      parent: sweep.parent === undefined ? -1 : names.indexOf(sweep.parent.entity),
      wholePushes:
        need.planned.routes.some((route) => !sendsThinEvents(provider, route)) && pushesWhole(provider, name),
      ...(told.includes(name) ? { told: true } : {}),
      touches: provider.entities[name]?.touches !== undefined,
      deletionsShow: tellsDeletion || (deletionsShow(provider, name) && sweep.stubs !== true)
    }
  })
}

/** How deliveries come by each of the routes, in their order. */
export const routeSpecsOf = (provider: Provider, routes: ReadonlyArray<Route>): ReadonlyArray<RouteSpec> =>
  inOrder(routes).map((route) => {
    const allowance = provider.allowances[route]
    const thin = sendsThinEvents(provider, route)
    return {
      allowance: allowanceOf(allowance),
      thin,
      tellsMoment: route === "app",
      native: route === "ui" && !thin
    }
  })

const allowanceOf = (allowance: Provider["allowances"][Route]): RouteSpec["allowance"] =>
  allowance === undefined
    ? null
    : isShared(allowance)
      ? "limit"
      : { requests: allowance.requests, period: allowance.period }

/** Whether an app's payload has a field; recordings name all custom fields `custom_fields.…`. */
const isCarried = (provider: Provider, entity: string, field: string): boolean =>
  provider.entities[entity]?.notPushed.has(field.startsWith("custom_fields.") ? field.slice(0, 13) : field) !== true

/**
 * Whether a push carries all that a list shows. Dependants have no fields of the account's own, which some pushes leave
 * out.
 */
const pushesWhole = (provider: Provider, entity: string): boolean => {
  if (provider.sweeps[entity]?.parent !== undefined) return true
  const known = provider.entities[entity]
  return known !== undefined && [...known.notPushed].every((field) => field === "deleted")
}

/** The columns that the model takes, of a timeline. */
export const tablesOf = (
  timeline: Timeline,
  types: ReadonlyArray<EntityTypeSpec>,
  provider: Provider,
  { planned }: Pick<AccountNeeds, "planned">
): Pick<Scenario, "entities"> & {
  readonly changes: Extract<Scenario["changes"], { readonly count: number }>
  readonly ids: ReadonlyArray<string>
} => {
  const typeAt = new Map(types.map(({ name }, index) => [name, index]))
  const places = new Map<string, number>()
  const ids: Array<string> = []
  const type: Array<number> = []
  const stamp: Array<number> = []
  const above: Array<string | null> = []
  const place = (entity: string, id: string, parent: string | null, updatedAt: number): number => {
    const name = `${entity} ${id}`
    const known = places.get(name)
    if (known !== undefined) return known
    const of = typeAt.get(entity)!
    places.set(name, ids.length)
    ids.push(id)
    type.push(of)
    stamp.push(updatedAt)
    above.push(types[of]!.parent === -1 || parent === null ? null : `${types[types[of]!.parent]!.name} ${parent}`)
    return ids.length - 1
  }
  for (const { entity, id, parent, updatedAt } of timeline.entities)
    if (typeAt.has(entity)) place(entity, id, parent, updatedAt)

  const told = new Set<string>()
  const rows = timeline.changes.flatMap((change) => {
    const { action: what, at, entity, fields, id, parent, updatedAt } = change
    if (!typeAt.has(entity)) return []
    const push = pushOf(planned, { entity, action: what, changed: fields })
    const own = ownPushesOf(push, entity)
    const event = own[0]?.event ?? null
    const fires = event !== null
    const touches = provider.entities[entity]?.touches
    if (what === "create" && fires && touches !== undefined && parent !== null)
      told.add(`${touches.entity} ${parent} ${updatedAt}`)
    const moved = what === "update" && fields.length === 0
    return [
      {
        at,
        updatedAt,
        entity: place(entity, id, parent, what === "create" ? Number.NaN : at - 86_400_000),
        action: moved ? action.touch : action[what],
        fires,
        name: `${entity} ${id} ${updatedAt}`,
        event,
        by: own.map(({ route }) => planned.routes.indexOf(route)),
        hidden: what === "update" && fields.length > 0 && !fields.every((field) => isCarried(provider, entity, field))
      }
    ]
  })
  const count = ids.length
  // A dependant of an entity that is created in the window is created in it too, whichever was seen first.
  const first = new Map<number, number>()
  for (const [row, { entity }] of rows.entries()) if (!first.has(entity)) first.set(entity, row)
  for (const [at, name] of above.entries()) {
    const parent = name === null ? undefined : places.get(name)
    if (parent === undefined || !Number.isNaN(stamp[parent]!) || Number.isNaN(stamp[at]!)) continue
    stamp[at] = Number.NaN
    const row = first.get(at)
    if (row !== undefined) rows[row]!.action = action.create
  }
  // Where all parents are walked it does not matter to whom one belongs that the recording does not name.
  const walked = new Map<number, ReadonlyArray<number>>()
  types.forEach(({ parent, sweep }, index) => {
    if (sweep.parent?.which !== "all") return
    walked.set(
      index,
      type.flatMap((of, at) => (of === parent && !Number.isNaN(stamp[at]!) ? [at] : []))
    )
  })
  const anyParent = (at: number): number => {
    const candidates = walked.get(type[at]!)
    return candidates === undefined || candidates.length === 0 ? -1 : candidates[at % candidates.length]!
  }
  return {
    ids,
    entities: {
      count,
      type: Uint8Array.from(type),
      parent: Int32Array.from(above, (name, at) => (name === null ? undefined : places.get(name)) ?? anyParent(at)),
      stamp: Float64Array.from(stamp)
    },
    changes: {
      count: rows.length,
      at: Float64Array.from(rows, ({ at }) => at),
      stamp: Float64Array.from(rows, ({ updatedAt }) => updatedAt),
      entity: Int32Array.from(rows, ({ entity }) => entity),
      action: Uint8Array.from(rows, (row) => row.action),
      flags: Uint8Array.from(
        rows,
        ({ by, event, fires, hidden, name }) =>
          (fires ? pushes : 0) |
          (planned.routes.length === 1 ? 0 : by.reduce((marks, place) => marks | pushedBy(place), 0)) |
          (event !== null || told.has(name) ? covered : 0) |
          (hidden ? notCarried : 0)
      )
    }
  }
}
