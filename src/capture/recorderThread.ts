/** The recorder's thread: takes batches of observations and writes them; counts what it could not write. */
import { parentPort, workerData } from "node:worker_threads"
import { type Database, openDatabase } from "../store/index.js"
import { type CallWriter, makeCallWriter } from "./CallWriter.js"
import { counter, type ThreadData, type ToThread } from "./Observation.js"

const data = workerData as ThreadData
const counters = new Int32Array(data.counters)

let database: Database | undefined
let writer: CallWriter | undefined
let unreported = 0

const openWriter = (): CallWriter => {
  if (writer !== undefined) return writer
  database = openDatabase(data.file, { busyTimeoutMs: 5_000, ...(data.salt === null ? {} : { salt: data.salt }) })
  writer = makeCallWriter(database, data)
  return writer
}

const write = (message: Extract<ToThread, { calls: unknown }>): void => {
  const lost = unreported + message.lost
  try {
    openWriter().write(message.calls, lost)
    unreported = 0
  } catch {
    // The disk is full, the file locked or gone: these records are lost, the program goes on, the loss is counted.
    unreported = lost + message.calls.length
    Atomics.add(counters, counter.forgotten, 1)
    Atomics.add(counters, counter.lost, message.calls.length)
    database?.close()
    database = undefined
    writer = undefined
  }
  Atomics.add(counters, counter.done, message.calls.length)
}

const close = (): void => {
  try {
    if (unreported > 0) openWriter().write([], unreported)
    writer?.end()
    database?.close()
  } catch {
    // Nothing more can be written; the loss is in the shared counters.
  }
  Atomics.store(counters, counter.closed, 1)
  Atomics.notify(counters, counter.closed)
  parentPort!.close()
}

parentPort!.on("message", (message: ToThread) => {
  if ("close" in message) close()
  else {
    write(message)
    Atomics.add(counters, counter.flushed, 1)
    Atomics.notify(counters, counter.flushed)
  }
})
