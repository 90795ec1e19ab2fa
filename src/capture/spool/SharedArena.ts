/**
 * The memory that a process's threads share with the recorder's thread: 32 MiB in segments, of which each writing thread
 * fills one at a time. What a call put here is safe from the thread that made it: the recorder's thread writes it out
 * whatever becomes of the other. Nobody waits: without room a record is dropped and counted.
 */

export const segmentBytes = 256 * 1024
export const segments = 128

/** Cells of the shared counters. */
export const cell = {
  /** 1 while the recorder's thread sleeps; whoever puts something in wakes it. */
  asleep: 0,
  /** How often somebody asked for everything to be written, and which of these was served. */
  asked: 1,
  served: 2,
  /** 1: the recorder's thread is to write what is there, and end; then `closed` is 1. */
  close: 3,
  closed: 4,
  /** Records taken out, and how many of these could not be written. */
  done: 5,
  lost: 6,
  /** Records for which there was no room. */
  dropped: 7,
  /** How often the recorder's thread forgot which bodies it had seen. */
  forgotten: 8,
  put: 9,
  nextOwner: 10,
  nextSequence: 11,
  nextBody: 12,
  nextRequest: 13,
  /** Steps that the recorder's thread has got done: loaded, opened the file, read and wrote a record. */
  steps: 14
} as const

const cellsBefore = 16
/** Per segment: state, bytes written, sequence, how many segments it spans. */
const cellsEach = 4
const headerBytes = (cellsBefore + cellsEach * segments) * 4

const stateOf = (segment: number): number => cellsBefore + segment * cellsEach
/** A state is free, or the writer's number with a phase: a writer that comes back to a segment which was taken from it notices. */
const free = 0
const phase = { idle: 1, writing: 2, sealed: 3 } as const
const takenBack = phase.sealed
const owned = (owner: number, at: number): number => owner * 4 + at

export const makeArena = (): SharedArrayBuffer => new SharedArrayBuffer(headerBytes + segments * segmentBytes)

export const cellsOf = (arena: SharedArrayBuffer): Int32Array =>
  new Int32Array(arena, 0, cellsBefore + cellsEach * segments)

/** Records start where a double may stand; their size does, eight bytes before. */
const headBytes = 8
const aligned = (size: number): number => (size + 7) & ~7

/** One thread's way in. `reserve` and `commit` come in pairs with nothing awaited between them. */
export interface ArenaWriter {
  readonly bytes: Buffer
  /** The same memory, as doubles. */
  readonly doubles: Float64Array
  /** Where in `bytes` a record of at most this size may be written; -1 when there is no room. */
  readonly reserve: (size: number) => number
  /** Publishes the record that was written at what `reserve` gave. */
  readonly commit: (size: number) => void
}

export const makeArenaWriter = (arena: SharedArrayBuffer): ArenaWriter => {
  const cells = cellsOf(arena)
  const owner = Atomics.add(cells, cell.nextOwner, 1) + 1
  const bytes = Buffer.from(arena)
  let current = -1
  let large = -1
  let spans = 0

  /** The first run of free segments, now this writer's; -1 when there is none. */
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
      Atomics.add(cells, cell.put, 1)
      if (Atomics.load(cells, cell.asleep) === 1 && Atomics.exchange(cells, cell.asleep, 0) === 1) {
        Atomics.notify(cells, cell.asleep)
      }
    }
  }
}

/** The recorder's thread's way out: records stay where they are until `release`. */
export interface ArenaReader {
  readonly bytes: Buffer
  /** Calls `each` with where a record starts and its size, in the order of each writer, at most so many. */
  readonly read: (most: number, each: (from: number, size: number) => void) => number
  /** What was read is done with. */
  readonly release: () => void
  /** What was read is to be read again. */
  readonly keep: () => void
}

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
        // Sealed and read to its end; or idle and read to its end, as a thread leaves it that is gone.
        if (Atomics.load(cells, state + 1) !== at || (now & 3) === phase.writing) continue
        // Nobody's for a moment, so that its next writer finds it empty.
        if (Atomics.compareExchange(cells, state, now, takenBack) !== now) continue
        // Before it was ours, its writer may have written once more and left it as it was, or another made it its own.
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
