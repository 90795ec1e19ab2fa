/** The changes that a recording shows: each item version once, with the best knowledge of its changed fields. Pure. */
import type { Action } from "../../domain/Event.js"
import { getOrMake } from "../../domain/Grouping.js"
import type { Recording } from "../../domain/Recording.js"
import type { EpochMillis } from "../../domain/Time.js"
import { listsAll } from "../../providers/index.js"

export interface ObservedChange {
  readonly entity: string
  /** Place in `Recording.names`. */
  readonly entityId: number
  readonly updatedAt: EpochMillis
  readonly action: Action
  /** Changed fields; `null` where no stream had seen the entity before. */
  readonly changed: ReadonlyArray<string> | null
}

/** An entity type of an account, as the recording shows it. */
export interface ObservedEntities {
  /** Count of entities: those seen, and an estimate of the unseen where no stream lists all. */
  readonly entities: number
  /** Some stream lists all entities: an entity whose stamps all lie after the start was created later. */
  readonly whole: boolean
  readonly changes: ReadonlyArray<ObservedChange>
}

export interface ChangeIndex {
  readonly observed: (account: string, entity: string) => ObservedEntities
  readonly change: (
    account: string,
    entity: string,
    entityId: number,
    updatedAt: EpochMillis
  ) => ObservedChange | undefined
}

/**
 * Entities that did not change in the window, estimated from how many changed once and twice (Chao 1984,
 * bias-corrected). A lower bound, since entities that hardly ever change do not show.
 */
const unseen = (changes: ReadonlyArray<ObservedChange>): number => {
  const times = new Map<number, number>()
  // Entities created in the window show by their creation, and tell nothing of the others.
  const made = new Set(changes.flatMap(({ action, entityId }) => (action === "create" ? [entityId] : [])))
  for (const { entityId } of changes) if (!made.has(entityId)) times.set(entityId, (times.get(entityId) ?? 0) + 1)
  let once = 0
  let twice = 0
  for (const count of times.values()) {
    if (count === 1) once += 1
    else if (count === 2) twice += 1
  }
  return Math.round((once * (once - 1)) / (2 * (twice + 1)))
}

const nothing: ObservedEntities = { entities: 0, whole: false, changes: [] }

/**
 * Streams differ in what they know of a version: the smallest known set of changed fields is taken, since a slower
 * poller sees several changes as one.
 */
export const indexChanges = (recording: Recording): ChangeIndex => {
  // By account, entity type, entity and stamp.
  const groups = new Map<string, Map<string, ChangeGroup>>()
  for (const { stream, versions } of recording.streams) {
    const all = listsAll(stream)
    let group: ChangeGroup | undefined
    let groupEntity = -1
    for (let row = 0; row < versions.length; row++) {
      const entityPlace = versions.entity[row]!
      if (group === undefined || entityPlace !== groupEntity) {
        group = groupOf(groups, stream.account, recording.names[entityPlace]!)
        group.whole ||= all
        groupEntity = entityPlace
      }
      const updatedAt = versions.updatedAt[row]!
      // A list of stubs has no stamps.
      if (Number.isNaN(updatedAt)) continue
      const entityId = versions.entityId[row]!
      const stamps = getOrMake(group.byId, entityId, () => new Map<number, ObservedChange>())
      const known = stamps.get(updatedAt)
      const created = versions.created[row] === 1
      const place = versions.changed[row]!
      const changed = created ? [] : place < 0 ? null : recording.fieldSets[place]!
      const better =
        known === undefined || (changed !== null && (known.changed === null || changed.length < known.changed.length))
      if (better) {
        stamps.set(updatedAt, {
          entity: recording.names[entityPlace]!,
          entityId,
          updatedAt,
          action: created ? "create" : "update",
          changed
        })
      }
    }
  }
  const observedOf = ({ byId, whole }: ChangeGroup): ObservedEntities => {
    const changes: Array<ObservedChange> = []
    for (const stamps of byId.values()) for (const change of stamps.values()) changes.push(change)
    changes.sort((a, b) => a.updatedAt - b.updatedAt || a.entityId - b.entityId)
    return { entities: whole ? byId.size : byId.size + unseen(changes), whole, changes }
  }
  const observed = new Map<ChangeGroup, ObservedEntities>()
  for (const entities of groups.values()) for (const group of entities.values()) observed.set(group, observedOf(group))
  return {
    observed: (account, entity) => {
      const group = groups.get(account)?.get(entity)
      return group === undefined ? nothing : observed.get(group)!
    },
    change: (account, entity, entityId, updatedAt) =>
      groups.get(account)?.get(entity)?.byId.get(entityId)?.get(updatedAt)
  }
}

interface ChangeGroup {
  /** By the entity's place in `Recording.names`, then by its stamp. */
  readonly byId: Map<number, Map<number, ObservedChange>>
  /** Some stream lists all entities. */
  whole: boolean
}

const groupOf = (groups: Map<string, Map<string, ChangeGroup>>, account: string, entity: string): ChangeGroup =>
  getOrMake(
    getOrMake(groups, account, () => new Map<string, ChangeGroup>()),
    entity,
    (): ChangeGroup => ({ byId: new Map(), whole: false })
  )
