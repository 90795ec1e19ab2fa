/**
 * An account that lives: the entities of one product, and a seeded process that changes them with the rhythm of a working
 * day. Every change moves the entity's stamp and enters the truth. What there is and what happens to it is the model's.
 */
import type { AccountScript } from "../domain/AccountScript.js"
import type { Action } from "../domain/Event.js"
import type { EpochMillis, Timekeeper } from "../domain/Time.js"
import type { Provider } from "../providers/index.js"
import type { Entity, EntityId, EntityModel } from "./Entity.js"
import { type RandomStream, randomStream } from "./Randomness.js"

export interface Change {
  readonly at: EpochMillis
  readonly product: string
  readonly entity: string
  readonly id: EntityId
  readonly action: Action
  /** The stamp as the product writes it. */
  readonly updatedAt: string
  /** The fields that changed; empty when only the stamp moved, as a reply does to its ticket. */
  readonly fields: ReadonlyArray<string>
  readonly before: Entity | null
  readonly after: Entity
  readonly parent: { readonly entity: string; readonly id: EntityId } | null
  /** Who did it. */
  readonly actor: Actor
}

export interface Actor {
  readonly type: string
  readonly id: EntityId
}

/** What a product's world is made of. */
export interface WorldModel {
  readonly provider: Provider
  readonly entities: Readonly<Record<string, EntityModel>>
  /** Whose changes the API's own users make, and who makes all the others. */
  readonly actors: { readonly api: Actor; readonly people: Actor }
  /** Fields that follow from others, such as due times. */
  readonly complete: (entity: string, record: Entity) => Entity
  /** The account as it is at the start, for about so many entities. */
  readonly populate: (account: Population, random: RandomStream, entities: number) => void
  /** What may happen by itself, by weight. */
  readonly happenings: (world: LivingWorld) => ReadonlyArray<readonly [weight: number, make: () => void]>
}

export interface Population {
  /** Adds an entity made and last changed at some moments between so many milliseconds ago. */
  readonly add: (entity: string, fields: Entity, youngestMs: number, oldestMs: number) => EntityId
  readonly ids: (entity: string) => ReadonlyArray<EntityId>
}

/** What happenings draw from and act on. */
export interface LivingWorld {
  readonly random: RandomStream
  readonly any: (entity: string) => EntityId
  /** One that is not deleted; the younger, the likelier with `young`. */
  readonly live: (entity: string, young?: boolean) => EntityId | null
  readonly current: (entity: string, id: EntityId) => Entity | null
  readonly change: World["change"]
  readonly count: (entity: string) => number
}

interface Held {
  current: Entity
  updatedAt: EpochMillis
  /** What reads show until `visibleAt`: a read right after a write may not show it yet. */
  previous: Entity | null
  visibleAt: EpochMillis
}

export interface WorldOptions {
  readonly model: WorldModel
  readonly seed: number
  readonly entities: number
  readonly changesPerHour: number
  readonly time: Timekeeper
  /** No changes by themselves from this moment on. */
  readonly changesUntil?: EpochMillis
  /** A world that is given instead of drawn: what there is at the start, and what changes when. */
  readonly script?: AccountScript
  /** Upper bound of the read-after-write lag, in milliseconds. */
  readonly readLagMs?: number
}

export interface World {
  readonly model: WorldModel
  readonly truth: ReadonlyArray<Change>
  /** Entities as reads see them now. */
  readonly readable: (entity: string) => Array<Entity>
  readonly read: (entity: string, id: EntityId) => Entity | null
  /** The dependants of one entity. */
  readonly childrenOf: (entity: string, parent: EntityId) => Array<Entity>
  readonly change: (entity: string, action: Action, id: EntityId | null, fields: Entity) => Entity | null
  /** Runs what an API's user does. */
  readonly throughApi: <A>(work: () => A) => A
  readonly onChange: (listener: (change: Change) => void) => void
  readonly stop: () => void
}

/** Activity by hour of the day (UTC), relative to the day's mean: quiet nights, a dip at noon. */
const rhythm = [
  0.2, 0.15, 0.15, 0.15, 0.2, 0.35, 0.6, 1.0, 1.7, 2.1, 2.2, 1.9, 1.4, 1.7, 2.1, 2.0, 1.7, 1.3, 0.9, 0.7, 0.5, 0.4, 0.3,
  0.3
]
const busiest = Math.max(...rhythm)

export const makeWorld = (options: WorldOptions): World => {
  const { model, seed, time } = options
  const { customFieldsAt: custom, product, stamp } = model.provider
  const readLag = options.readLagMs ?? 800
  const held = new Map(Object.keys(model.entities).map((name) => [name, new Map<EntityId, Held>()]))
  const children = new Map<string, Array<EntityId>>()
  const truth: Array<Change> = []
  const listeners: Array<(change: Change) => void> = []
  const draw = randomStream(seed, `changes of ${product}`)
  const lagDraw = randomStream(seed, `read lag of ${product}`)
  const idDraw = randomStream(seed, `ids of ${product}`)
  const counters = new Map<string, number>()

  let actor = model.actors.people

  const of = (entity: string): Map<EntityId, Held> => held.get(entity) ?? new Map()
  const keys = (entity: string): Array<EntityId> => [...of(entity).keys()]
  const typeOf = (entity: string): EntityModel => model.entities[entity]!

  const nextId = (entity: string): EntityId => {
    const { firstId } = typeOf(entity)
    if (firstId === "uuid") return drawnUuid(idDraw)
    const next = counters.get(entity) ?? firstId
    counters.set(entity, next + 1)
    return next
  }
  const taken = (entity: string, id: EntityId): void => {
    const { firstId } = typeOf(entity)
    if (firstId !== "uuid" && typeof id === "number")
      counters.set(entity, Math.max(counters.get(entity) ?? firstId, id + 1))
  }

  const put = (entity: string, id: EntityId, record: Entity, updatedAt: EpochMillis, visibleAt: EpochMillis): void => {
    const known = of(entity).get(id)
    of(entity).set(id, { current: record, updatedAt, previous: known?.current ?? null, visibleAt })
    const { parent } = typeOf(entity)
    if (parent === undefined || known !== undefined) return
    const key = `${entity} ${String(record[parent.idField])}`
    const siblings = children.get(key)
    if (siblings === undefined) children.set(key, [id])
    else siblings.push(id)
  }

  const stamped = (entity: string, record: Entity, updatedAt: EpochMillis): Entity => {
    const { updatedAtField } = typeOf(entity)
    return updatedAtField === null ? record : { ...record, [updatedAtField]: stamp(updatedAt) }
  }

  const populate = (): void => {
    const random = randomStream(seed, `population of ${product}`)
    const born = time.now()
    // What went before was like what comes: each entity changed as often then as it will.
    const betweenChangesMs = (3_600_000 * options.entities) / Math.max(0.01, options.changesPerHour)
    model.populate(
      {
        ids: keys,
        add: (entity, fields, youngestMs, oldestMs) => {
          const created = born - youngestMs - random.next() * (oldestMs - youngestMs)
          const updated = Math.max(created, born - 60_000 - random.exponential(betweenChangesMs))
          const type = typeOf(entity)
          const id = nextId(entity)
          const record = { ...fields, [type.idField]: id, [type.createdAtField]: stamp(created) }
          put(entity, id, stamped(entity, model.complete(entity, record), updated), updated, 0)
          return id
        }
      },
      random,
      options.entities
    )
  }

  const commit = (
    at: EpochMillis,
    entity: string,
    action: Action,
    id: EntityId,
    before: Entity | null,
    after: Entity,
    fields: ReadonlyArray<string>
  ): Entity => {
    const record = stamped(entity, after, at)
    put(entity, id, record, at, at + lagDraw.next() * readLag)
    const { parent } = typeOf(entity)
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
      parent: parent === undefined ? null : { entity: parent.entity, id: record[parent.idField] as EntityId }
    }
    truth.push(change)
    for (const listener of listeners) listener(change)
    return record
  }

  const change: World["change"] = (entity, action, id, fields) => {
    const type = model.entities[entity]
    if (type === undefined) return null
    // One change has one moment, also where the clock moves on meanwhile.
    const at = time.now()
    if (action === "create") {
      const now = stamp(at)
      const made = id ?? nextId(entity)
      taken(entity, made)
      const record = { ...type.blank, ...fields, [type.idField]: made, [type.createdAtField]: now }
      const created = commit(at, entity, "create", made, null, model.complete(entity, record), [])
      // A reply or a note moves its ticket's stamp, and nothing else of it.
      if (type.parent?.touches === true) {
        const parentId = created[type.parent.idField] as EntityId
        const parent = of(type.parent.entity).get(parentId)?.current
        if (parent !== undefined) commit(at, type.parent.entity, "update", parentId, parent, parent, [])
      }
      return created
    }
    const before = id === null ? undefined : of(entity).get(id)?.current
    if (id === null || before === undefined || before["deleted"] === true) return null
    if (action === "delete") return commit(at, entity, "delete", id, before, { ...before, deleted: true }, ["deleted"])
    const merged: Record<string, unknown> = { ...before, ...fields }
    const names = Object.keys(fields).filter((name) => name !== custom)
    const values = custom === null ? undefined : fields[custom]
    if (custom !== null && typeof values === "object" && values !== null) {
      merged[custom] = { ...(before[custom] as object), ...values }
      names.push(...Object.keys(values).map((name) => `custom_fields.${name}`))
    }
    return commit(at, entity, "update", id, before, merged, names)
  }

  const live: LivingWorld["live"] = (entity, young = false) => {
    const alive = keys(entity).filter((id) => of(entity).get(id)!.current["deleted"] !== true)
    if (alive.length === 0) return null
    // People work on what is new.
    return young ? alive[alive.length - 1 - Math.floor(draw.next() ** 2 * alive.length)]! : draw.pick(alive)
  }

  const happenings = model.happenings({
    random: draw,
    any: (entity) => draw.pick(keys(entity)),
    live,
    current: (entity, id) => of(entity).get(id)?.current ?? null,
    change,
    count: (entity) => of(entity).size
  })
  const totalWeight = happenings.reduce((sum, [weight]) => sum + weight, 0)

  let cancel = (): void => undefined
  const scheduleNext = (from: EpochMillis): void => {
    if (options.changesPerHour <= 0) return
    // Thinning: draw at the busiest rate, keep with the hour's share of it.
    let at = from
    do at += draw.exponential(3_600_000 / (options.changesPerHour * busiest))
    while (draw.next() > rhythm[new Date(at).getUTCHours()]! / busiest)
    if (options.changesUntil !== undefined && at >= options.changesUntil) return
    cancel = time.at(
      at,
      () => {
        let left = draw.next() * totalWeight
        for (const [weight, make] of happenings) {
          left -= weight
          if (left < 0) {
            make()
            break
          }
        }
        scheduleNext(at)
      },
      true
    )
  }

  const follow = (script: AccountScript): void => {
    for (const { at, entity, fields, id } of script.entities) {
      const type = model.entities[entity]
      if (type === undefined) continue
      const record = { ...type.blank, ...fields, [type.idField]: id, [type.createdAtField]: stamp(at) }
      put(entity, id, stamped(entity, model.complete(entity, record), at), at, 0)
      taken(entity, id)
    }
    for (const { action, at, entity, fields, id } of script.changes)
      time.at(at, () => void change(entity, action, id, fields), true)
  }

  if (options.script === undefined) {
    populate()
    scheduleNext(time.now())
  } else follow(options.script)

  const visible = (entry: Held): Entity | null => (time.now() >= entry.visibleAt ? entry.current : entry.previous)

  return {
    model,
    truth,
    readable: (entity) => [...of(entity).values()].map(visible).filter((record) => record !== null),
    read: (entity, id) => {
      const entry = of(entity).get(id)
      return entry === undefined ? null : visible(entry)
    },
    childrenOf: (entity, parent) =>
      (children.get(`${entity} ${String(parent)}`) ?? [])
        .map((id) => visible(of(entity).get(id)!))
        .filter((record) => record !== null),
    change,
    throughApi: (work) => {
      actor = model.actors.api
      try {
        return work()
      } finally {
        actor = model.actors.people
      }
    },
    onChange: (listener) => {
      listeners.push(listener)
    },
    stop: () => cancel()
  }
}

const drawnUuid = (random: RandomStream): string => {
  const hex = Array.from({ length: 8 }, () => random.below(65_536).toString(16).padStart(4, "0")).join("")
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}
