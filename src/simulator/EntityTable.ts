/** The entities of a simulated account by type, as writes left them and as lagging reads see them. */
import type { EpochMillis } from "../domain/Time.js"
import type { Entity, EntityId, EntityModel } from "./Entity.js"
import { drawnUuid, type RandomStream } from "./Randomness.js"

interface Held {
  current: Entity
  /** Shown to reads until `visibleAt`. */
  previous: Entity | null
  visibleAt: EpochMillis
}

export interface EntityTable {
  readonly ids: (entity: string) => Array<EntityId>
  readonly current: (entity: string, id: EntityId) => Entity | null
  readonly count: (entity: string) => number
  /** The id of a new entity, by the type's own count or drawn. */
  readonly nextId: (entity: string) => EntityId
  /** A given id is taken: the count goes on behind it. */
  readonly taken: (entity: string, id: EntityId) => void
  readonly put: (entity: string, id: EntityId, record: Entity, visibleAt: EpochMillis) => void
  /** Entities as reads see them now. */
  readonly readable: (entity: string) => Array<Entity>
  readonly read: (entity: string, id: EntityId) => Entity | null
  readonly childrenOf: (entity: string, parent: EntityId) => Array<Entity>
}

export const makeEntityTable = (
  types: Readonly<Record<string, EntityModel>>,
  now: () => EpochMillis,
  ids: RandomStream
): EntityTable => {
  const held = new Map(Object.keys(types).map((name) => [name, new Map<EntityId, Held>()]))
  const children = new Map<string, Array<EntityId>>()
  const counters = new Map<string, number>()
  const of = (entity: string): Map<EntityId, Held> => held.get(entity) ?? new Map()
  const visible = (entry: Held): Entity | null => (now() >= entry.visibleAt ? entry.current : entry.previous)
  return {
    ids: (entity) => [...of(entity).keys()],
    current: (entity, id) => of(entity).get(id)?.current ?? null,
    count: (entity) => of(entity).size,
    nextId: (entity) => {
      const { firstId } = types[entity]!
      if (firstId === "uuid") return drawnUuid(ids)
      const next = counters.get(entity) ?? firstId
      counters.set(entity, next + 1)
      return next
    },
    taken: (entity, id) => {
      const { firstId } = types[entity]!
      if (firstId !== "uuid" && typeof id === "number")
        counters.set(entity, Math.max(counters.get(entity) ?? firstId, id + 1))
    },
    put: (entity, id, record, visibleAt) => {
      const known = of(entity).get(id)
      of(entity).set(id, { current: record, previous: known?.current ?? null, visibleAt })
      const { parent } = types[entity]!
      if (parent === undefined || known !== undefined) return
      const key = `${entity} ${String(record[parent.idField])}`
      const siblings = children.get(key)
      if (siblings === undefined) children.set(key, [id])
      else siblings.push(id)
    },
    readable: (entity) => [...of(entity).values()].map(visible).filter((record) => record !== null),
    read: (entity, id) => {
      const entry = of(entity).get(id)
      return entry === undefined ? null : visible(entry)
    },
    childrenOf: (entity, parent) =>
      (children.get(`${entity} ${String(parent)}`) ?? [])
        .map((id) => visible(of(entity).get(id)!))
        .filter((record) => record !== null)
  }
}
