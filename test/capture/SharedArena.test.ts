import { describe, expect, it, vi } from "vitest"
import { makeArenaReader } from "../../src/capture/spool/ArenaReader.js"
import { makeArenaWriter } from "../../src/capture/spool/ArenaWriter.js"
import { makeArena } from "../../src/capture/spool/SharedArena.js"

const arenaWithBothEnds = () => {
  const arena = makeArena()
  const writer = makeArenaWriter(arena)
  const reader = makeArenaReader(arena)
  let next = 0
  const put = () => {
    const at = writer.reserve(8)
    writer.doubles[at / 8] = next++
    writer.commit(8)
  }
  const take = () => {
    const found: Array<number> = []
    reader.read(1_000, (from) => found.push(reader.bytes.readDoubleLE(from)))
    return found
  }
  return { put, take, reader }
}

describe("the memory between a program's threads and the recorder's", () => {
  it("gives each record once, in order, and again when the reader kept it", () => {
    const { put, take, reader } = arenaWithBothEnds()
    put()
    put()
    expect(take()).toEqual([0, 1])
    reader.keep()
    expect(take()).toEqual([0, 1])
    reader.release()
    expect(take()).toEqual([])
    put()
    expect(take()).toEqual([2])
  })

  it("keeps a record that is written just before its segment is taken back", () => {
    const { put, take, reader } = arenaWithBothEnds()
    put()
    expect(take()).toEqual([0])
    // The writer's thread runs between the reader's look at the segment and its taking it.
    const real = Atomics.compareExchange
    const taking = vi.spyOn(Atomics, "compareExchange")
    taking.mockImplementationOnce(((...values: Parameters<typeof real>) => {
      taking.mockRestore()
      put()
      return real(...values)
    }) as typeof real)
    reader.release()
    put()
    expect(take()).toEqual([1, 2])
    reader.release()
    put()
    expect(take()).toEqual([3])
  })
})
