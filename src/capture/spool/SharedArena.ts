/**
 * The memory that a process's threads share with the recorder's thread: 32 MiB in segments. Each program thread fills
 * one segment at a time. A record outlives the thread that published it: the recorder's thread writes it to the
 * database. No thread ever waits for room: without room a record is dropped and counted.
 */

export const segmentBytes = 256 * 1024
export const segments = 128

/** Cells of the shared counters. */
export const cell = {
  /** 1 while the recorder's thread sleeps; a thread that publishes a record wakes it. */
  asleep: 0,
  /** Number of flushes asked for, and of those served. */
  flushesAsked: 1,
  flushesServed: 2,
  /** 1 asks the recorder's thread to write what is there and to end; `closed` is then 1. */
  closeAsked: 3,
  closed: 4,
  /** Records taken out of the arena, and those of them that could not be written. */
  taken: 5,
  lost: 6,
  /** Records for which there was no room. */
  dropped: 7,
  /** How often the recorder's thread has forgotten the bodies that it knew. */
  bodyResets: 8,
  published: 9,
  nextOwner: 10,
  nextSequence: 11,
  nextBody: 12,
  nextRequest: 13,
  /** Steps that the recorder's thread has completed: loaded, opened the file, read or wrote a record. */
  steps: 14
} as const

const counterCells = 16
/** Per segment: state, bytes written, sequence, and how many segments a large record spans. */
const cellsPerSegment = 4
export const headerBytes = (counterCells + cellsPerSegment * segments) * 4

/** The first of a segment's four cells. */
export const stateOf = (segment: number): number => counterCells + segment * cellsPerSegment

/** A state is `free`, or its owner's number with a phase: an owner notices by it that its segment was taken back. */
export const free = 0
export const phase = { idle: 1, writing: 2, sealed: 3 } as const
export const owned = (owner: number, at: number): number => owner * 4 + at

export const makeArena = (): SharedArrayBuffer => new SharedArrayBuffer(headerBytes + segments * segmentBytes)

export const cellsOf = (arena: SharedArrayBuffer): Int32Array =>
  new Int32Array(arena, 0, counterCells + cellsPerSegment * segments)

/**
 * A record starts on a multiple of eight bytes, so that a double may stand there; its size stands eight bytes before.
 */
export const headBytes = 8
export const aligned = (size: number): number => (size + 7) & ~7
