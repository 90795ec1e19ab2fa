/**
 * The lanes of the entities: behind a row for which content is fetched, the later rows of its entity wait in order. A
 * chain of rows for each entity, in typed arrays.
 */
import { widened } from "./columns.js"

export interface EntityLanes {
  /** Whether an earlier row of the entity is fetched for; the row waits behind it then. */
  readonly putBehind: (row: number, entity: number) => boolean
  /** The row is fetched for: later ones of its entity wait behind it. */
  readonly hold: (row: number, entity: number) => void
  /** The row that is fetched for, or -1. */
  readonly head: (entity: number) => number
  /** The row behind another one, or -1. */
  readonly behind: (row: number) => number
  /** The head of a lane leaves it; a row that is in none may. */
  readonly leave: (row: number, entity: number) => void
  /** The row's lane is given up, with all that is in it. */
  readonly dissolve: (row: number, entity: number) => void
}

export const makeEntityLanes = (entitiesCount: number): EntityLanes => {
  let capacity = 64
  let held = new Uint8Array(capacity)
  let next = new Int32Array(capacity).fill(-1)
  const first = new Int32Array(entitiesCount).fill(-1)
  const last = new Int32Array(entitiesCount).fill(-1)

  const enter = (row: number): void => {
    while (row >= capacity) {
      capacity *= 2
      held = widened(new Uint8Array(capacity), held)
      next = widened(new Int32Array(capacity).fill(-1), next)
    }
    held[row] = 1
    next[row] = -1
  }

  return {
    putBehind: (row, entity) => {
      const end = last[entity]!
      if (end === -1 || held[row] === 1) return false
      enter(row)
      next[end] = row
      last[entity] = row
      return true
    },
    hold: (row, entity) => {
      if (held[row] === 1) return
      enter(row)
      first[entity] = last[entity] = row
    },
    head: (entity) => first[entity]!,
    behind: (row) => next[row]!,
    leave: (row, entity) => {
      if (held[row] !== 1) return
      const after = next[row]!
      first[entity] = after
      if (after === -1) last[entity] = -1
      held[row] = 0
    },
    dissolve: (row, entity) => {
      first[entity] = last[entity] = -1
      if (held[row] !== 1) return
      held[row] = 0
      next[row] = -1
    }
  }
}
