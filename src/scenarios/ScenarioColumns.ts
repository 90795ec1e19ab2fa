/** Entity types, entities and changes as the columns that the model takes. */
import type { AccountNeeds } from "../analysis/index.js"
import {
  deletionsShow,
  isOwnPush,
  ownEventOnDependants,
  type Provider,
  planOf,
  pushOf,
  sendsThinEvents
} from "../providers/index.js"
import { action, covered, type EntityTypeSpec, notCarried, pushes, type Scenario } from "../replay/index.js"
import type { Timeline } from "./RecordedTimeline.js"

/** The types that are looked after, and those beneath which they are read; parents before their dependants. */
export const typesOf = (
  provider: Provider,
  need: Pick<AccountNeeds, "route" | "entities">
): ReadonlyArray<EntityTypeSpec> => {
  const names: Array<string> = []
  const add = (name: string): void => {
    const parent = provider.sweeps[name]?.parent?.entity
    if (parent !== undefined) add(parent)
    if (!names.includes(name)) names.push(name)
  }
  for (const name of need.entities) add(name)
  return names.map((name) => {
    const sweep = provider.sweeps[name]!
    const tellsDeletion = provider.routes[need.route]?.[name]?.delete != null
    return {
      name,
      wanted: need.entities.includes(name),
      sweep,
      parent: sweep.parent === undefined ? -1 : names.indexOf(sweep.parent.entity),
      wholePushes: !sendsThinEvents(provider, need.route) && pushesWhole(provider, name),
      touches: provider.entities[name]?.touches !== undefined,
      deletionsShow: tellsDeletion || (deletionsShow(provider, name) && sweep.stubs !== true)
    }
  })
}

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
  need: Pick<AccountNeeds, "route" | "events">
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

  const planned = planOf(provider, need.route, need.events)
  const told = new Set<string>()
  const toldByOwnEvent = new Set(
    types.flatMap(({ name }) => {
      const event = ownEventOnDependants(provider, need.route, name)
      return event !== null && need.events.includes(event) ? [name] : []
    })
  )
  const rows = timeline.changes.flatMap((change) => {
    const { action: what, at, entity, fields, id, parent, updatedAt } = change
    if (!typeAt.has(entity)) return []
    const push = pushOf(planned, { entity, action: what, changed: fields })
    const event = isOwnPush(push, entity) ? push.event : null
    const fires = event !== null
    const touches = provider.entities[entity]?.touches
    if (what === "create" && fires && touches !== undefined && parent !== null)
      told.add(`${touches.entity} ${parent} ${updatedAt}`)
    const moved = what === "update" && fields.length === 0
    const firesOnTouch = moved && toldByOwnEvent.has(entity)
    return [
      {
        at,
        updatedAt,
        entity: place(entity, id, parent, what === "create" ? Number.NaN : at - 86_400_000),
        action: moved ? action.touch : action[what],
        fires: (fires && !moved) || firesOnTouch,
        name: `${entity} ${id} ${updatedAt}`,
        event,
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
        ({ event, fires, hidden, name }) =>
          (fires ? pushes : 0) | (event !== null || told.has(name) ? covered : 0) | (hidden ? notCarried : 0)
      )
    }
  }
}
