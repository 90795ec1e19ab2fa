/** The queue's memory, without an inbox. */
import { describe, expect, it } from "vitest"
import { makeQueueMemory } from "../../../src/receiver/inbox/QueueMemory.js"

const entity = { source: "fd", entity: "ticket", entityId: "1" }

describe("the queue's memory", () => {
  it("rolls all changes back, or those since a mark", () => {
    const memory = makeQueueMemory()
    memory.giveOut(1)
    memory.moveCursor(1)
    const mark = memory.mark()
    memory.settle(1)
    memory.setWaitsFor(entity, 1)
    memory.moveCursor(0)
    memory.rollBack(mark)
    expect([memory.isInFlight(1), memory.waitsFor(entity), memory.cursor()]).toEqual([true, undefined, 1])
    memory.rollBack()
    expect([memory.isInFlight(1), memory.cursor()]).toEqual([false, 0])
  })
  it("does not grow by looking again where nothing is handed over", () => {
    const memory = makeQueueMemory()
    for (let look = 0; look < 100; look++) memory.moveCursor(0)
    expect(memory.mark()).toBe(0)
  })
})
