/**
 * The recorder's thread: takes records out of the arena and writes them, some batches a second. It has no event loop to
 * speak of; it sleeps on the arena's counters. What cannot be written stays in the arena and is tried again.
 */
import { statSync } from "node:fs"
import { workerData } from "node:worker_threads"
import { type Database, openDatabase } from "../../store/index.js"
import type { Observation, ThreadData } from "../Observation.js"
import { isHostCount } from "../recorder/UnrecordedHosts.js"
import { makeObservationReader } from "../spool/ObservationCodec.js"
import { cell, cellsOf, makeArenaReader } from "../spool/SharedArena.js"
import { type CallWriter, makeCallWriter } from "./CallWriter.js"

/** Records gather this long before they are written: what a `kill -9` can take. */
const batchMs = 250
const batchCalls = 512
const retryMs = 500

const data = workerData as ThreadData
// A validator is loaded for them, so only where there are any. What is wrong with one is the command line's to say.
if (data.providers.length > 0) (await import("../../providers/service.js")).teachProviders(data.providers, "/")
const cells = cellsOf(data.arena)
const reader = makeArenaReader(data.arena)
const readObservation = makeObservationReader(reader.bytes)

let database: Database | undefined
let writer: CallWriter | undefined
let inode = 0
/** A process that ends waits for this thread while it gets on: of each record the reading and the writing is a step. */
const step = (): void => void Atomics.add(cells, cell.steps, 1)
const keepEach = (): boolean => {
  step()
  return true
}
step()

/** What this file has of ours: lost with it when somebody deletes it. */
let written = 0
let unreportedLosses = 0
let droppedBefore = 0

const openWriter = (): CallWriter => {
  if (writer !== undefined) return writer
  database = openDatabase(data.file, { busyTimeoutMs: 2_000, ...(data.salt === null ? {} : { salt: data.salt }) })
  inode = statSync(data.file).ino
  written = 0
  step()
  writer = makeCallWriter(database, data)
  step()
  return writer
}

const abandonFile = (): void => {
  try {
    database?.close()
  } catch {
    // it is given up anyway
  }
  database = undefined
  writer = undefined
}

/** A file that was deleted or replaced under us takes no more: what it had is lost, the rest goes into a new one. */
const noticeDeletedFile = (): void => {
  if (writer === undefined) return
  if (statSync(data.file, { throwIfNoEntry: false })?.ino === inode) return
  unreportedLosses += written
  Atomics.add(cells, cell.lost, written)
  abandonFile()
  forgetBodies()
}

const forgetBodies = (): void => void Atomics.add(cells, cell.forgotten, 1)

/** True when everything that was there is written. */
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
    const lost = unreportedLosses + dropped - droppedBefore
    if (count === 0 && lost === 0) return true
    try {
      const unknown = count - batch.length
      const calls = batch.reduce((sum, one) => sum + (isHostCount(one) ? 0 : 1), 0)
      written += calls - openWriter().write(batch, lost + unknown, keepEach)
      if (unknown > 0) Atomics.add(cells, cell.lost, unknown)
      unreportedLosses = 0
      droppedBefore = dropped
      reader.release()
      step()
      Atomics.add(cells, cell.done, calls + unknown)
    } catch {
      // The disk is full, the file locked or gone: see the head of this file.
      reader.keep()
      abandonFile()
      forgetBodies()
      return false
    }
    if (count < batchCalls) return true
  }
}

const giveUp = (): void => {
  for (;;) {
    const count = reader.read(batchCalls, () => undefined)
    if (count === 0) return
    reader.release()
    Atomics.add(cells, cell.done, count)
    Atomics.add(cells, cell.lost, count)
  }
}

for (;;) {
  const asked = Atomics.load(cells, cell.asked)
  const closing = Atomics.load(cells, cell.close) === 1
  const put = Atomics.load(cells, cell.put)
  const clean = drain()
  Atomics.store(cells, cell.served, asked)
  Atomics.notify(cells, cell.served)
  if (closing) {
    if (!clean) giveUp()
    break
  }
  if (!clean) {
    Atomics.wait(cells, cell.asked, asked, retryMs)
    continue
  }
  Atomics.store(cells, cell.asleep, 1)
  if (Atomics.load(cells, cell.put) === put && Atomics.load(cells, cell.asked) === asked) {
    Atomics.wait(cells, cell.asleep, 1)
  }
  Atomics.store(cells, cell.asleep, 0)
  Atomics.wait(cells, cell.asked, asked, batchMs)
}

try {
  writer?.end()
  database?.close()
} catch {
  // Nothing more can be written; what was lost is in the shared counters.
}
Atomics.store(cells, cell.closed, 1)
Atomics.notify(cells, cell.closed)
