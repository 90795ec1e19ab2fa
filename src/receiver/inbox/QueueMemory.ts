/**
 * The part of the hand-over's queue that is in memory: events in flight, entities that wait for a further try, and the
 * place up to which ready events were given out. It rolls back with a transaction that fails.
 */
import { type EntityKey, entityKeyOf } from "./EntityKey.js"

export interface QueueMemory {
  /** The event was given out and is not settled. */
  readonly isInFlight: (id: number) => boolean
  readonly giveOut: (id: number) => void
  readonly settle: (id: number) => void
  /** The event for whose next try its entity waits: later events of the entity are parked. */
  readonly waitsFor: (entity: EntityKey) => number | undefined
  readonly setWaitsFor: (entity: EntityKey, id: number | undefined) => void
  readonly anyWaits: () => boolean
  /** All ready events up to this number have been given out. */
  readonly cursor: () => number
  readonly moveCursor: (id: number) => void
  /** From now on `rollBack` comes back to here. */
  readonly begin: () => void
  /** A place to roll back to. */
  readonly mark: () => number
  /** Takes all changes back since the mark, or since the beginning. */
  readonly rollBack: (mark?: number) => void
}

export const makeQueueMemory = (): QueueMemory => {
  const inFlight = new Set<number>()
  const waitsFor = new Map<string, number>()
  let cursor = 0
  let changes: Array<() => void> = []
  return {
    isInFlight: (id) => inFlight.has(id),
    giveOut: (id) => {
      inFlight.add(id)
      changes.push(() => inFlight.delete(id))
    },
    settle: (id) => {
      if (inFlight.delete(id)) changes.push(() => inFlight.add(id))
    },
    waitsFor: (entity) => waitsFor.get(entityKeyOf(entity)),
    setWaitsFor: (entity, id) => {
      const key = entityKeyOf(entity)
      const before = waitsFor.get(key)
      changes.push(() => (before === undefined ? waitsFor.delete(key) : waitsFor.set(key, before)))
      if (id === undefined) waitsFor.delete(key)
      else waitsFor.set(key, id)
    },
    anyWaits: () => waitsFor.size > 0,
    cursor: () => cursor,
    moveCursor: (id) => {
      // Without a handler no exchange empties the list of changes, however often the queue is to look again.
      if (id === cursor) return
      const before = cursor
      changes.push(() => {
        cursor = before
      })
      cursor = id
    },
    begin: () => {
      changes = []
    },
    mark: () => changes.length,
    rollBack: (mark = 0) => {
      for (const takeBack of changes.splice(mark).reverse()) takeBack()
    }
  }
}
