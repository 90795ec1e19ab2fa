import { existsSync, rmSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it, onTestFinished } from "vitest"
import { ObservationSender } from "../../src/capture/recorder/ObservationSender.js"
import { hostCount } from "../../src/capture/spool/HostCount.js"
import { cell, cellsOf, makeArena } from "../../src/capture/spool/SharedArena.js"
import { makeSpoolDrain } from "../../src/capture/writer/SpoolDrain.js"
import { openDatabase } from "../../src/store/index.js"
import { temporaryFolder } from "../support/files.js"
import { observedCall as call } from "../support/observedCall.js"

/** A program's thread and the recorder's at both ends of one arena, in one thread. */
const spooled = (file = join(temporaryFolder(), "s.db")) => {
  const arena = makeArena()
  const cells = cellsOf(arena)
  const data = {
    file,
    integration: "x",
    program: "x",
    kind: "client",
    pid: 7,
    startedAt: 1_000,
    salt: null,
    hosts: [],
    providers: [],
    keepBodies: false,
    arena
  } as const
  const drain = makeSpoolDrain(data)
  onTestFinished(() => drain.end())
  let starts = 0
  let dead = false
  const sender = new ObservationSender(
    arena,
    () => dead,
    () => {
      starts += 1
    }
  )
  const count = (table: string): unknown => {
    const database = openDatabase(file)
    try {
      return database.prepare(`SELECT count(*) FROM ${table}`).pluck().get()
    } finally {
      database.close()
    }
  }
  const die = () => {
    dead = true
  }
  return { cells, drain, sender, file, count, starts: () => starts, die }
}

describe("the way from a program's thread to the database", () => {
  it("opens no file before the first record, and starts the recorder's thread once", () => {
    const { count, drain, file, sender, starts } = spooled()
    expect(drain.drain()).toBe(true)
    expect([existsSync(file), starts()]).toEqual([false, 0])
    sender.send(call())
    sender.send(call({ startedAt: 3_000 }))
    expect(drain.drain()).toBe(true)
    expect([count("call"), starts()]).toEqual([2, 1])
    expect(sender.stats()).toEqual({ calls: 2, written: 2, lost: 0 })
  })

  it("writes a batch after the other until nothing is left, each record a step", () => {
    const { cells, count, drain, sender } = spooled()
    for (let n = 0; n < 1_100; n++) sender.send(call({ startedAt: 2_000 + n }))
    const before = Atomics.load(cells, cell.steps)
    expect(drain.drain()).toBe(true)
    expect(count("call")).toBe(1_100)
    expect(Atomics.load(cells, cell.steps) - before).toBeGreaterThanOrEqual(2 * 1_100)
  })

  it("counts calls to hosts that are not recorded, and takes no count for a call", () => {
    const { count, drain, sender } = spooled()
    sender.sendCount(hostCount("example.org", 4, 2_000))
    sender.send(call())
    expect(drain.drain()).toBe(true)
    expect([count("call"), count("other_host")]).toEqual([1, 1])
    expect(sender.stats()).toEqual({ calls: 1, written: 1, lost: 0 })
  })

  it("keeps records that cannot be written, and writes them once they can", () => {
    const { cells, count, drain, file, sender } = spooled()
    const locking = openDatabase(file)
    locking.exec("PRAGMA user_version = 999999") // a database of a later version is not written
    sender.send(call())
    const resets = Atomics.load(cells, cell.bodyResets)
    expect(drain.drain()).toBe(false)
    expect(Atomics.load(cells, cell.bodyResets)).toBe(resets + 1)
    expect(sender.stats()).toEqual({ calls: 1, written: 0, lost: 0 })
    locking.close()
    for (const end of ["", "-wal", "-shm"]) rmSync(file + end, { force: true })
    expect(drain.drain()).toBe(true)
    expect(count("call")).toBe(1)
  })

  it("counts the calls of a deleted file as lost, and goes on in a new file", () => {
    const { count, drain, file, sender } = spooled()
    sender.send(call())
    sender.send(call({ startedAt: 3_000 }))
    drain.drain()
    for (const end of ["", "-wal", "-shm"]) rmSync(file + end, { force: true })
    sender.send(call({ startedAt: 4_000 }))
    expect(drain.drain()).toBe(true)
    expect(count("call")).toBe(1)
    expect(sender.stats()).toEqual({ calls: 3, written: 1, lost: 2 })
    const database = openDatabase(file)
    expect(database.prepare("SELECT calls, lost FROM recorder").get()).toEqual({ calls: 1, lost: 2 })
    database.close()
  })

  it("drops and counts what is left when the process ends with a file that cannot be written", () => {
    const { drain, sender } = spooled(join(temporaryFolder(), "missing", "s.db"))
    sender.send(call())
    sender.send(call())
    expect(drain.drain()).toBe(false)
    drain.discard()
    expect(drain.drain()).toBe(true)
    expect(sender.stats()).toEqual({ calls: 2, written: 0, lost: 2 })
  })

  it("counts calls as lost after it was closed, for want of room, and when the recorder's thread has died", () => {
    const large = spooled()
    const body = Buffer.alloc(12 * 1024 * 1024)
    expect([1, 2, 3].map((bodyId) => large.sender.send(call({ body, bodyId })))).toEqual([true, true, false])
    expect(Atomics.load(large.cells, cell.dropped)).toBe(1)
    large.sender.close()
    expect(large.sender.send(call())).toBe(false)
    expect(large.sender.stats()).toEqual({ calls: 4, written: 0, lost: 2 })
    large.die()
    expect(large.sender.stats()).toEqual({ calls: 4, written: 0, lost: 4 })
  })
})
