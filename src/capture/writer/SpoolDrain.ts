/**
 * Takes records out of the arena and writes them. Records that cannot be written stay in the arena and are tried
 * again.
 */
import type { Observation } from "../Observation.js"
import { makeArenaReader } from "../spool/ArenaReader.js"
import { makeObservationReader } from "../spool/ObservationCodec.js"
import { cell, cellsOf } from "../spool/SharedArena.js"
import type { ThreadData } from "../spool/ThreadData.js"
import { RecordingFile } from "./RecordingFile.js"

const batchCalls = 512

export interface SpoolDrain {
  /** Writes all records that are there; false when the file cannot be written now: full disk, locked or missing. */
  readonly drain: () => boolean
  /** Drops the records that are there, and counts them as lost. */
  readonly discard: () => void
  readonly end: () => void
}

export const makeSpoolDrain = (data: ThreadData): SpoolDrain => {
  const cells = cellsOf(data.arena)
  const reader = makeArenaReader(data.arena)
  const readObservation = makeObservationReader(reader.bytes)
  /** A process that ends waits for this thread while it completes steps: reading and writing a record is one each. */
  const step = (): void => void Atomics.add(cells, cell.steps, 1)
  const file = new RecordingFile(data, step)
  let lostWithFile = 0
  let droppedBefore = 0
  /** Program threads must not refer to bodies of records that are lost, or that may be. */
  const forgetBodies = (): void => void Atomics.add(cells, cell.bodyResets, 1)
  step()

  const noticeDeletedFile = (): void => {
    const lost = file.giveUpDeleted()
    if (lost === null) return
    lostWithFile += lost
    Atomics.add(cells, cell.lost, lost)
    forgetBodies()
  }

  const drain = (): boolean => {
    for (;;) {
      const batch: Array<Observation> = []
      const count = reader.read(batchCalls, (from) => {
        const observation = readObservation(from)
        step()
        if (observation !== null) batch.push(observation)
      })
      noticeDeletedFile()
      const dropped = Atomics.load(cells, cell.dropped)
      const lost = lostWithFile + dropped - droppedBefore
      if (count === 0 && lost === 0) return true
      try {
        const unreadable = count - batch.length
        const calls = file.write(batch, lost + unreadable)
        if (unreadable > 0) Atomics.add(cells, cell.lost, unreadable)
        lostWithFile = 0
        droppedBefore = dropped
        reader.release()
        step()
        Atomics.add(cells, cell.taken, calls + unreadable)
      } catch {
        // The records stay in the arena: see the head of this file.
        reader.keep()
        file.giveUp()
        forgetBodies()
        return false
      }
      if (count < batchCalls) return true
    }
  }

  const discard = (): void => {
    for (;;) {
      const count = reader.read(batchCalls, () => undefined)
      if (count === 0) return
      reader.release()
      Atomics.add(cells, cell.taken, count)
      Atomics.add(cells, cell.lost, count)
    }
  }

  return { drain, discard, end: () => file.end() }
}
