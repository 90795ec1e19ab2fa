/**
 * An account that lives: the entities of one product, and a seeded process that changes them with the rhythm of a
 * working day. Every change moves the entity's stamp and enters the truth. The entities and the happenings are the
 * model's.
 */
import type { AccountScript } from "../domain/AccountScript.js"
import type { Action } from "../domain/Event.js"
import type { EpochMillis, Timekeeper } from "../domain/Time.js"
import { longestReadLagMs } from "../providers/index.js"
import { startChangeProcess } from "./ChangeProcess.js"
import type { Entity, EntityId, EntityModel } from "./Entity.js"
import { type EntityTable, makeEntityTable } from "./EntityTable.js"
import { type RandomStream, randomStream } from "./Randomness.js"
import type { Change, LivingWorld, MakeChange, WorldModel } from "./WorldModel.js"

export interface WorldOptions {
  readonly model: WorldModel
  readonly seed: number
  readonly entities: number
  readonly changesPerHour: number
  readonly time: Timekeeper
  /** No changes by themselves from this moment on. */
  readonly changesUntil?: EpochMillis
  /** The account's history, given instead of drawn. */
  readonly script?: AccountScript
  /** Upper bound of the read-after-write lag, in milliseconds. */
  readonly readLagMs?: number
}

export interface World extends Pick<EntityTable, "readable" | "read" | "childrenOf"> {
  readonly model: WorldModel
  readonly truth: ReadonlyArray<Change>
  readonly change: MakeChange
  /** Runs `work` as a user of the API: this one, or the one that the model names. */
  readonly throughApi: <A>(work: () => A, user?: EntityId | null) => A
  readonly onChange: (listener: (change: Change) => void) => void
  readonly stop: () => void
}

export const makeWorld = (options: WorldOptions): World => {
  const { model, seed, time } = options
  const { product } = model.provider
  const draw = randomStream(seed, `changes of ${product}`)
  const table = makeEntityTable(model.entities, time.now, randomStream(seed, `ids of ${product}`))
  const log = makeChangeLog(model, table, {
    now: time.now,
    lag: randomStream(seed, `read lag of ${product}`),
    readLagMs: options.readLagMs ?? longestReadLagMs
  })
  let stop = (): void => undefined
  if (options.script === undefined) {
    populate(options, table)
    stop = startChangeProcess({
      happenings: model.happenings(livingWorld(table, draw, log.change)),
      random: draw,
      time,
      changesPerHour: options.changesPerHour,
      until: options.changesUntil
    })
  } else follow(options.script, model, table, time, log.change)
  return {
    model,
    truth: log.truth,
    readable: table.readable,
    read: table.read,
    childrenOf: table.childrenOf,
    change: log.change,
    throughApi: log.throughApi,
    onChange: log.onChange,
    stop: () => stop()
  }
}

const stamped = (
  { entities, provider }: WorldModel,
  entity: string,
  record: Entity,
  updatedAt: EpochMillis
): Entity => {
  const { updatedAtField } = entities[entity]!
  return updatedAtField === null ? record : { ...record, [updatedAtField]: provider.stamp(updatedAt) }
}

/** The account as it is at the start. */
const populate = ({ changesPerHour, entities, model, seed, time }: WorldOptions, table: EntityTable): void => {
  const random = randomStream(seed, `population of ${model.provider.product}`)
  const born = time.now()
  // The past has the pace of the future: each entity changed as often then as it will.
  const betweenChangesMs = (3_600_000 * entities) / Math.max(0.01, changesPerHour)
  model.populate(
    {
      ids: table.ids,
      add: (entity, fields, youngestMs, oldestMs) => {
        const created = born - youngestMs - random.next() * (oldestMs - youngestMs)
        const updated = Math.max(created, born - 60_000 - random.exponential(betweenChangesMs))
        const type = model.entities[entity]!
        const id = table.nextId(entity)
        const record = { ...fields, [type.idField]: id, [type.createdAtField]: model.provider.stamp(created) }
        table.put(entity, id, stamped(model, entity, model.complete(entity, record), updated), 0)
        return id
      }
    },
    random,
    entities
  )
}

/** An account whose history is given. */
const follow = (
  script: AccountScript,
  model: WorldModel,
  table: EntityTable,
  time: Timekeeper,
  change: MakeChange
): void => {
  for (const { at, entity, fields, id } of script.entities) {
    const type = model.entities[entity]
    if (type === undefined) continue
    const record = { ...type.blank, ...fields, [type.idField]: id, [type.createdAtField]: model.provider.stamp(at) }
    table.put(entity, id, stamped(model, entity, model.complete(entity, record), at), 0)
    table.taken(entity, id)
  }
  for (const { action, at, entity, fields, id } of script.changes)
    time.at(at, () => void change(entity, action, id, fields), true)
}

const livingWorld = (table: EntityTable, random: RandomStream, change: MakeChange): LivingWorld => ({
  random,
  any: (entity) => random.pick(table.ids(entity)),
  live: (entity, young = false) => {
    const alive = table.ids(entity).filter((id) => table.current(entity, id)!["deleted"] !== true)
    if (alive.length === 0) return null
    // People work on new entities.
    return young ? alive[alive.length - 1 - Math.floor(random.next() ** 2 * alive.length)]! : random.pick(alive)
  },
  current: table.current,
  change,
  count: table.count
})

interface ReadLag {
  readonly now: () => EpochMillis
  readonly lag: RandomStream
  readonly readLagMs: number
}

/** Makes changes, each with its stamp, and keeps the truth about them. */
const makeChangeLog = (
  model: WorldModel,
  table: EntityTable,
  { lag, now, readLagMs }: ReadLag
): Pick<World, "truth" | "change" | "throughApi" | "onChange"> => {
  const { customFieldsAt: custom, product, stamp } = model.provider
  const truth: Array<Change> = []
  const listeners: Array<(change: Change) => void> = []
  let actor = model.actors.people

  const commit = (
    at: EpochMillis,
    entity: string,
    action: Action,
    id: EntityId,
    before: Entity | null,
    after: Entity,
    fields: ReadonlyArray<string>,
    touchedBy: Change["touchedBy"] = null
  ): Entity => {
    const record = stamped(model, entity, after, at)
    table.put(entity, id, record, at + lag.next() * readLagMs)
    const { parent } = model.entities[entity]!
    const change: Change = {
      at,
      product,
      entity,
      id,
      action,
      updatedAt: stamp(at),
      fields,
      before,
      after: record,
      actor,
      parent: parent === undefined ? null : { entity: parent.entity, id: record[parent.idField] as EntityId },
      touchedBy
    }
    truth.push(change)
    for (const listener of listeners) listener(change)
    return record
  }

  const create = (type: EntityModel, entity: string, id: EntityId | null, fields: Entity, at: EpochMillis): Entity => {
    const made = id ?? table.nextId(entity)
    table.taken(entity, made)
    const record = { ...type.blank, ...fields, [type.idField]: made, [type.createdAtField]: stamp(at) }
    const created = commit(at, entity, "create", made, null, model.complete(entity, record), [])
    // A reply or a note moves its ticket's stamp, and nothing else of it.
    if (type.parent?.touches === true) {
      const parentId = created[type.parent.idField] as EntityId
      const parent = table.current(type.parent.entity, parentId)
      if (parent !== null)
        commit(at, type.parent.entity, "update", parentId, parent, parent, [], { entity, record: created })
    }
    return created
  }

  /** The entity with these fields, and the names of those that changed; custom fields are set one by one. */
  const merged = (before: Entity, fields: Entity): readonly [Entity, ReadonlyArray<string>] => {
    const after: Record<string, unknown> = { ...before, ...fields }
    const names = Object.keys(fields).filter((name) => name !== custom)
    const values = custom === null ? undefined : fields[custom]
    if (custom !== null && typeof values === "object" && values !== null) {
      after[custom] = { ...(before[custom] as object), ...values }
      names.push(...Object.keys(values).map((name) => `custom_fields.${name}`))
    }
    return [after, names]
  }

  return {
    truth,
    change: (entity, action, id, fields) => {
      const type = model.entities[entity]
      if (type === undefined) return null
      // A change has a single moment, also where the clock moves on meanwhile.
      const at = now()
      if (action === "create") return create(type, entity, id, fields, at)
      const before = id === null ? null : table.current(entity, id)
      if (id === null || before === null || before["deleted"] === true) return null
      if (action === "delete")
        return commit(at, entity, "delete", id, before, { ...before, deleted: true }, ["deleted"])
      return commit(at, entity, "update", id, before, ...merged(before, fields))
    },
    throughApi: (work, user = null) => {
      actor = user === null ? model.actors.api : { ...model.actors.api, id: user }
      try {
        return work()
      } finally {
        actor = model.actors.people
      }
    },
    onChange: (listener) => {
      listeners.push(listener)
    }
  }
}
