/** The recorder's thread's way out of the arena. */
import {
  aligned,
  cellsOf,
  free,
  headBytes,
  headerBytes,
  phase,
  segmentBytes,
  segments,
  stateOf
} from "./SharedArena.js"

/** Records stay where they are until `release`. */
export interface ArenaReader {
  readonly bytes: Buffer
  /**
   * Calls `each` with a record's offset and size, in the order of each writer, for at most `most` records; returns
   * the number read.
   */
  readonly read: (most: number, each: (from: number, size: number) => void) => number
  /** Frees the records that were read. */
  readonly release: () => void
  /** Has the records that were read given again by the next `read`. */
  readonly keep: () => void
}

/** The state of a segment that is being emptied: sealed, with no owner. */
const takenBack = phase.sealed

export const makeArenaReader = (arena: SharedArrayBuffer): ArenaReader => {
  const cells = cellsOf(arena)
  const bytes = Buffer.from(arena)
  /** How far each segment is released, and in which life of the segment. */
  const released = new Float64Array(segments)
  const lives = new Float64Array(segments)
  const readTo = new Map<number, number>()

  const inOrder = (): Array<number> => {
    const taken: Array<number> = []
    for (let segment = 0; segment < segments; segment++) {
      const state = stateOf(segment)
      if (Atomics.load(cells, state) === free || Atomics.load(cells, state + 3) === 0) continue
      const life = Atomics.load(cells, state + 2)
      if (life !== lives[segment]) {
        lives[segment] = life
        released[segment] = 0
      }
      taken.push(segment)
    }
    return taken.sort((a, b) => lives[a]! - lives[b]!)
  }

  return {
    bytes,
    read: (most, each) => {
      let count = 0
      for (const segment of inOrder()) {
        const start = headerBytes + segment * segmentBytes
        const end = Atomics.load(cells, stateOf(segment) + 1)
        let at = readTo.get(segment) ?? released[segment]!
        while (at < end && count < most) {
          const size = bytes.readInt32LE(start + at)
          each(start + at + headBytes, size)
          at += headBytes + aligned(size)
          count += 1
        }
        readTo.set(segment, at)
        if (count >= most) break
      }
      return count
    },
    release: () => {
      for (const [segment, at] of readTo) {
        released[segment] = at
        const state = stateOf(segment)
        const now = Atomics.load(cells, state)
        // Sealed and read to its end, or idle and read to its end: a thread that has ended leaves its segment idle.
        if (Atomics.load(cells, state + 1) !== at || (now & 3) === phase.writing) continue
        // Without an owner for a moment, so that its next writer finds it empty.
        if (Atomics.compareExchange(cells, state, now, takenBack) !== now) continue
        // Between load and exchange its writer may have published once more and left the same state, or another
        // writer may have taken it.
        if (Atomics.load(cells, state + 1) !== at || Atomics.load(cells, state + 2) !== lives[segment]) {
          Atomics.store(cells, state, now)
          continue
        }
        const count = Atomics.load(cells, state + 3)
        Atomics.store(cells, state + 1, 0)
        Atomics.store(cells, state + 3, 0)
        for (let rest = 1; rest < count; rest++) Atomics.store(cells, stateOf(segment + rest), free)
        Atomics.store(cells, state, free)
      }
      readTo.clear()
    },
    keep: () => readTo.clear()
  }
}
