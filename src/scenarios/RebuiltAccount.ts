/** A recorded account as a script for the stand-in: its entities at the start, and its changes with their moments. */
import type { AccountScript } from "../domain/AccountScript.js"
import type { Provider } from "../providers/index.js"
import { type RebuiltType, rebuiltType } from "./RebuiltFields.js"
import type { RecordedCall, Timeline } from "./RecordedTimeline.js"

type Fields = Readonly<Record<string, unknown>>

/** An id as the API writes it: a number, or a UUID as text. */
const idOf = (text: string): number | string => (/^\d{1,15}$/.test(text) ? Number(text) : text)

/** Each change has values for the fields that are known to have changed, each of its own type. */
export const rebuiltAccount = (
  timeline: Timeline,
  calls: ReadonlyArray<RecordedCall>,
  provider: Provider,
  from: number
): AccountScript => {
  const { entities: catalogue } = provider
  const isOurs = ({ entity, id }: { readonly entity: string; readonly id: string }): boolean => {
    const type = catalogue[entity]
    return type !== undefined && (type.ids === "uuid") === (typeof idOf(id) === "string")
  }
  // Beneath an entity that the recording does not show, a dependant could not be read.
  const added = new Map<string, AccountScript["entities"][number]>()
  const there = new Set(
    [...timeline.entities, ...timeline.changes.filter(({ action }) => action === "create")].map(
      ({ entity, id }) => `${entity} ${id}`
    )
  )
  const somewhere = (entity: string): string => {
    const known = timeline.entities.find((one) => one.entity === entity && isOurs(one))?.id
    return known ?? (catalogue[entity]!.ids === "uuid" ? "00000000-0000-4000-a000-000000000001" : "1")
  }
  const belongs = (entity: string, parent: string | null): Fields => {
    const place = catalogue[entity]!.parent
    if (place === undefined) return {}
    const id = parent ?? somewhere(place.entity)
    const name = `${place.entity} ${id}`
    if (!there.has(name)) {
      there.add(name)
      added.set(name, { entity: place.entity, id: idOf(id), at: from - 1, fields: begin(place.entity, id, null) })
    }
    return { [place.idField]: idOf(id) }
  }
  const changes = timeline.changes.filter((change) => isOurs(change))
  const changing = new Map<string, Set<string>>()
  for (const { entity, fields } of changes) {
    const names = changing.get(entity) ?? new Set()
    for (const name of fields) names.add(name)
    changing.set(entity, names)
  }
  const types = new Map<string, RebuiltType>()
  const typeOf = (entity: string): RebuiltType => {
    const known = types.get(entity)
    if (known !== undefined) return known
    const made = rebuiltType(provider, entity)
    types.set(entity, made)
    return made
  }
  const states = new Map<string, Fields>()
  const begin = (entity: string, id: string, parent: string | null): Fields => {
    const fields = {
      ...typeOf(entity).blank(idOf(id), changing.get(entity) ?? []),
      ...catalogue[entity]!.defaults,
      ...belongs(entity, parent)
    }
    states.set(`${entity} ${id}`, fields)
    return fields
  }
  const update = (entity: string, id: string, names: ReadonlyArray<string>, at: number): Fields => {
    const name = `${entity} ${id}`
    const before = states.get(name) ?? {}
    const fields = typeOf(entity).changed(before, names, at)
    states.set(name, { ...before, ...fields })
    return fields
  }
  const views = calls.flatMap(({ of, subject }) =>
    of.template.includes("/view/") && subject !== null ? [Number(subject)] : []
  )
  const entities = timeline.entities.filter(isOurs).map(({ entity, id, parent, updatedAt }) => ({
    entity,
    id: idOf(id),
    at: Math.min(updatedAt, from - 1),
    fields: begin(entity, id, parent)
  }))
  // A reply moves its ticket's stamp by itself.
  const scripted = changes
    .filter(({ byReply }) => !byReply)
    .map(({ action, at, entity, fields, id, parent, updatedAt }) => ({
      at,
      entity,
      id: idOf(id),
      action,
      fields: action === "create" ? begin(entity, id, parent) : update(entity, id, fields, updatedAt)
    }))
  return {
    entities: [...added.values(), ...entities],
    changes: scripted,
    views: [...new Set(views)]
  }
}
