/**
 * Events on the receiver's disk that have not moved the state yet, in the order in which they came; and of each entity
 * those that wait behind one for which something is fetched. Slots in typed arrays, used again.
 */
import { widened } from "./columns.js"

/** Marks of a row, added up. */
export const rowIs = { deletion: 1, found: 2, creation: 4, refused: 8 } as const

export interface InboxRows {
  readonly add: (entity: number, stamp: number, version: number, marks: number, moment: number) => number
  readonly entity: (row: number) => number
  readonly stamp: (row: number) => number
  readonly version: (row: number) => number
  readonly is: (row: number, mark: number) => boolean
  readonly mark: (row: number, mark: number, on: boolean) => void
  readonly moment: (row: number) => number
  /** What was put into the queue for a row counts only as long as its ticket is this. */
  readonly ticket: (row: number) => number
  readonly countFetch: (row: number) => number
  /** Whether an earlier row of its entity is fetched for; the row waits behind that one then. */
  readonly putBehind: (row: number) => boolean
  /** The row is fetched for: later ones of its entity wait behind it. */
  readonly hold: (row: number) => void
  /** The first that waits of an entity, or -1; and the one behind a row. */
  readonly head: (entity: number) => number
  readonly behind: (row: number) => number
  readonly release: (row: number) => void
  /** The process ends. */
  readonly suspend: (kept: boolean) => void
  /** It begins again: tells of each row, the oldest first. */
  readonly resume: (each: (row: number) => void) => void
}

export const makeInboxRows = (entitiesCount: number): InboxRows => {
  let capacity = 64
  let entities = new Int32Array(capacity)
  let stamps = new Float64Array(capacity)
  let versions = new Int32Array(capacity)
  let marks = new Uint8Array(capacity)
  let moments = new Float64Array(capacity)
  let tickets = new Int32Array(capacity)
  let fetches = new Uint8Array(capacity)
  let held = new Uint8Array(capacity)
  /** Of all rows in use, in order. */
  let older = new Int32Array(capacity)
  let newer = new Int32Array(capacity)
  /** Behind which row of its entity; also the chain of free rows. */
  let behind = new Int32Array(capacity)
  const first = new Int32Array(entitiesCount).fill(-1)
  const last = new Int32Array(entitiesCount).fill(-1)
  let oldest = -1
  let newest = -1
  let used = 0
  let free = -1

  const grow = (): void => {
    capacity *= 2
    entities = widened(new Int32Array(capacity), entities)
    stamps = widened(new Float64Array(capacity), stamps)
    versions = widened(new Int32Array(capacity), versions)
    marks = widened(new Uint8Array(capacity), marks)
    moments = widened(new Float64Array(capacity), moments)
    tickets = widened(new Int32Array(capacity), tickets)
    fetches = widened(new Uint8Array(capacity), fetches)
    held = widened(new Uint8Array(capacity), held)
    older = widened(new Int32Array(capacity), older)
    newer = widened(new Int32Array(capacity), newer)
    behind = widened(new Int32Array(capacity), behind)
  }

  const release = (row: number): void => {
    tickets[row]! += 1
    const entity = entities[row]!
    if (held[row] === 1) {
      // Only the first of its entity is settled.
      const next = behind[row]!
      first[entity] = next
      if (next === -1) last[entity] = -1
      held[row] = 0
    }
    const [a, b] = [older[row]!, newer[row]!]
    if (a === -1) oldest = b
    else newer[a] = b
    if (b === -1) newest = a
    else older[b] = a
    behind[row] = free
    free = row
  }

  return {
    add: (entity, stamp, version, given, moment) => {
      let row = free
      if (row === -1) {
        if (used === capacity) grow()
        row = used++
      } else free = behind[row]!
      entities[row] = entity
      stamps[row] = stamp
      versions[row] = version
      marks[row] = given
      moments[row] = moment
      fetches[row] = 0
      held[row] = 0
      behind[row] = -1
      older[row] = newest
      newer[row] = -1
      if (newest === -1) oldest = row
      else newer[newest] = row
      newest = row
      return row
    },
    entity: (row) => entities[row]!,
    stamp: (row) => stamps[row]!,
    version: (row) => versions[row]!,
    is: (row, mark) => (marks[row]! & mark) !== 0,
    mark: (row, mark, on) => {
      marks[row] = on ? marks[row]! | mark : marks[row]! & ~mark
    },
    moment: (row) => moments[row]!,
    ticket: (row) => tickets[row]!,
    countFetch: (row) => {
      fetches[row]! += 1
      return fetches[row]!
    },
    putBehind: (row) => {
      const end = last[entities[row]!]!
      if (end === -1 || held[row] === 1) return false
      held[row] = 1
      behind[end] = row
      last[entities[row]!] = row
      return true
    },
    hold: (row) => {
      if (held[row] === 1) return
      held[row] = 1
      first[entities[row]!] = last[entities[row]!] = row
    },
    head: (entity) => first[entity]!,
    behind: (row) => behind[row]!,
    release,
    suspend: (kept) => {
      for (let row = oldest; row !== -1; ) {
        const next = newer[row]!
        const entity = entities[row]!
        first[entity] = last[entity] = -1
        tickets[row]! += 1
        fetches[row] = 0
        marks[row]! &= ~rowIs.refused
        held[row] = 0
        behind[row] = -1
        if (!kept) release(row)
        row = next
      }
    },
    resume: (each) => {
      for (let row = oldest; row !== -1; row = newer[row]!) each(row)
    }
  }
}
