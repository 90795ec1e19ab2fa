/** A program thread's way into the arena. */
import {
  aligned,
  cell,
  cellsOf,
  free,
  headBytes,
  headerBytes,
  owned,
  phase,
  segmentBytes,
  segments,
  stateOf
} from "./SharedArena.js"

/** `reserve` and `commit` come in pairs, with nothing awaited between them. */
export interface ArenaWriter {
  readonly bytes: Buffer
  /** The same memory, as doubles. */
  readonly doubles: Float64Array
  /** The offset in `bytes` at which a record of at most this size may be written; -1 when there is no room. */
  readonly reserve: (size: number) => number
  /** Publishes the record that was written at the reserved offset. */
  readonly commit: (size: number) => void
}

export const makeArenaWriter = (arena: SharedArrayBuffer): ArenaWriter => {
  const cells = cellsOf(arena)
  const owner = Atomics.add(cells, cell.nextOwner, 1) + 1
  const bytes = Buffer.from(arena)
  let current = -1
  let large = -1
  let spans = 0

  /** Takes the first run of free segments; -1 when there is none. */
  const take = (count: number): number => {
    search: for (let first = 0; first + count <= segments; first++) {
      for (let at = first; at < first + count; at++) {
        const state = stateOf(at)
        if (Atomics.compareExchange(cells, state, free, owned(owner, phase.writing)) !== free) {
          for (let taken = first; taken < at; taken++) Atomics.store(cells, stateOf(taken), free)
          first = at
          continue search
        }
        Atomics.store(cells, state + 1, 0)
        Atomics.store(cells, state + 3, at === first ? count : 0)
      }
      Atomics.store(cells, stateOf(first) + 2, Atomics.add(cells, cell.nextSequence, 1) + 1)
      return first
    }
    return -1
  }

  const start = (segment: number): number => headerBytes + segment * segmentBytes

  return {
    bytes,
    doubles: new Float64Array(arena),
    reserve: (size) => {
      const need = aligned(size) + headBytes
      large = -1
      if (current >= 0) {
        const state = stateOf(current)
        const mine =
          Atomics.compareExchange(cells, state, owned(owner, phase.idle), owned(owner, phase.writing)) ===
          owned(owner, phase.idle)
        const used = mine ? Atomics.load(cells, state + 1) : segmentBytes
        if (used + need <= segmentBytes) return start(current) + used + headBytes
        if (mine) Atomics.store(cells, state, owned(owner, phase.sealed))
        current = -1
      }
      spans = Math.ceil(need / segmentBytes)
      const taken = take(spans)
      if (taken < 0) return -1
      if (spans > 1) large = taken
      else current = taken
      return start(taken) + headBytes
    },
    commit: (size) => {
      const segment = large >= 0 ? large : current
      const state = stateOf(segment)
      const used = Atomics.load(cells, state + 1)
      bytes.writeInt32LE(size, start(segment) + used)
      Atomics.store(cells, state + 1, used + headBytes + aligned(size))
      Atomics.store(cells, state, owned(owner, large >= 0 ? phase.sealed : phase.idle))
      Atomics.add(cells, cell.published, 1)
      if (Atomics.load(cells, cell.asleep) === 1 && Atomics.exchange(cells, cell.asleep, 0) === 1) {
        Atomics.notify(cells, cell.asleep)
      }
    }
  }
}
