import { Worker } from "node:worker_threads"
import { describe, expect, it, onTestFinished } from "vitest"
import { waitForThread } from "../../src/capture/recorder/RecorderThread.js"
import { cell, cellsOf, makeArena } from "../../src/capture/spool/SharedArena.js"

/** Gets a step done ten times a second, and closes after so many. */
const slowThread = (arena: SharedArrayBuffer, steps: number): void => {
  const body = `
    const { workerData: { arena, cell, steps } } = require("node:worker_threads")
    const cells = new Int32Array(arena, 0, 16)
    for (let n = 0; n < steps; n++) {
      Atomics.wait(cells, cell.dropped, 0, 100)
      Atomics.add(cells, cell.steps, 1)
    }
    Atomics.store(cells, cell.closed, 1)
    Atomics.notify(cells, cell.closed)`
  const worker = new Worker(body, { eval: true, workerData: { arena, cell, steps } })
  onTestFinished(() => void worker.terminate())
}

describe("a program that ends", () => {
  it("waits for a recorder's thread that is slow, for as long as that gets on", () => {
    const arena = makeArena()
    const cells = cellsOf(arena)
    slowThread(arena, 70)
    waitForThread(cells, cell.closed, () => Atomics.load(cells, cell.closed) === 1)
    expect(Atomics.load(cells, cell.closed)).toBe(1)
  })
  it("gives up on one that does nothing", () => {
    const cells = cellsOf(makeArena())
    waitForThread(cells, cell.closed, () => Atomics.load(cells, cell.closed) === 1, 20)
    expect(Atomics.load(cells, cell.closed)).toBe(0)
  })
})
