/**
 * Events on the receiver's disk that have not moved the state yet, in the order in which they came. Slots in typed
 * arrays, used again.
 */
import { widened } from "./columns.js"

/** Marks of a row, added up. */
export const rowIs = { deletion: 1, found: 2, creation: 4, refused: 8, thin: 16, native: 32 } as const

export interface InboxRows {
  readonly add: (entity: number, stamp: number, version: number, marks: number, moment: number) => number
  readonly entity: (row: number) => number
  readonly stamp: (row: number) => number
  readonly version: (row: number) => number
  readonly is: (row: number, mark: number) => boolean
  readonly mark: (row: number, mark: number, on: boolean) => void
  readonly moment: (row: number) => number
  /** An entry of the queue for a row counts only as long as its ticket is this. */
  readonly ticket: (row: number) => number
  /** Counts a fetch; how many there were. */
  readonly countFetch: (row: number) => number
  readonly release: (row: number) => void
  /** The process ends: no fetch of it counts. Tells of each row, the oldest first; a row may be released then. */
  readonly suspend: (each: (row: number) => void) => void
  /** A process begins: tells of each row, the oldest first. */
  readonly resume: (each: (row: number) => void) => void
}

export const makeInboxRows = (): InboxRows => {
  let capacity = 64
  let entities = new Int32Array(capacity)
  let stamps = new Float64Array(capacity)
  let versions = new Int32Array(capacity)
  let marks = new Uint8Array(capacity)
  let moments = new Float64Array(capacity)
  let tickets = new Int32Array(capacity)
  let fetches = new Uint8Array(capacity)
  /** The rows in use as a chain; `newer` is also the chain of free ones. */
  let older = new Int32Array(capacity)
  let newer = new Int32Array(capacity)
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
    older = widened(new Int32Array(capacity), older)
    newer = widened(new Int32Array(capacity), newer)
  }
  const slot = (): number => {
    const row = free
    if (row !== -1) {
      free = newer[row]!
      return row
    }
    if (used === capacity) grow()
    return used++
  }

  return {
    add: (entity, stamp, version, given, moment) => {
      const row = slot()
      entities[row] = entity
      stamps[row] = stamp
      versions[row] = version
      marks[row] = given
      moments[row] = moment
      fetches[row] = 0
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
    release: (row) => {
      tickets[row]! += 1
      const [a, b] = [older[row]!, newer[row]!]
      if (a === -1) oldest = b
      else newer[a] = b
      if (b === -1) newest = a
      else older[b] = a
      newer[row] = free
      free = row
    },
    suspend: (each) => {
      for (let row = oldest; row !== -1; ) {
        const next = newer[row]!
        tickets[row]! += 1
        fetches[row] = 0
        marks[row]! &= ~rowIs.refused
        each(row)
        row = next
      }
    },
    resume: (each) => {
      for (let row = oldest; row !== -1; row = newer[row]!) each(row)
    }
  }
}
