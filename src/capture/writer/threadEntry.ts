/**
 * The recorder's thread: writes the arena's records to the database, a few batches a second. It runs no event loop;
 * it sleeps on the arena's counters.
 */
import { workerData } from "node:worker_threads"
import { cell, cellsOf } from "../spool/SharedArena.js"
import type { ThreadData } from "../spool/ThreadData.js"
import { makeSpoolDrain } from "./SpoolDrain.js"

/** Records gather this long before they are written: a `kill -9` can lose as much. */
const batchMs = 250
const retryMs = 500

const data = workerData as ThreadData
// A validator comes with these files, so it is loaded only where there are any. The command line reports their errors.
if (data.providers.length > 0) (await import("../../providers/service.js")).teachProviders(data.providers, "/")
const cells = cellsOf(data.arena)
const spool = makeSpoolDrain(data)

for (;;) {
  const asked = Atomics.load(cells, cell.flushesAsked)
  const closing = Atomics.load(cells, cell.closeAsked) === 1
  const published = Atomics.load(cells, cell.published)
  const written = spool.drain()
  Atomics.store(cells, cell.flushesServed, asked)
  Atomics.notify(cells, cell.flushesServed)
  if (closing) {
    if (!written) spool.discard()
    break
  }
  if (!written) {
    Atomics.wait(cells, cell.flushesAsked, asked, retryMs)
    continue
  }
  Atomics.store(cells, cell.asleep, 1)
  if (Atomics.load(cells, cell.published) === published && Atomics.load(cells, cell.flushesAsked) === asked) {
    Atomics.wait(cells, cell.asleep, 1)
  }
  Atomics.store(cells, cell.asleep, 0)
  Atomics.wait(cells, cell.flushesAsked, asked, batchMs)
}

spool.end()
Atomics.store(cells, cell.closed, 1)
Atomics.notify(cells, cell.closed)
