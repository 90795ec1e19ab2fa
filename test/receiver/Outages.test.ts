/** A receiver's knowledge of the times in which it took no deliveries. */
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { realTime } from "../../src/domain/Time.js"
import { outageFromMs } from "../../src/policy/index.js"
import { openInbox } from "../../src/receiver/inbox/Inbox.js"
import { createReceiver } from "../../src/receiver/index.js"
import { openDatabase } from "../../src/store/index.js"
import { temporaryFolder } from "../support/files.js"
import { until } from "../support/until.js"

const minute = 60_000
const fileOf = (): string => join(temporaryFolder(), "r.db")

/** As a receiver that was stopped, suspended or could not write leaves it. */
const lastSeen = (file: string, at: number): void => {
  const database = openDatabase(file)
  database.prepare("UPDATE receiver_presence SET seen_at = ?").run(at)
  database.close()
}

const starting = async (file: string, log: Array<string>) =>
  createReceiver({
    db: file,
    listen: null,
    sources: { s: { profile: "freshworks", secrets: ["hook-secret"] } },
    log: (_, message) => void log.push(message)
  })

const told = /some may be lost/

describe("signs of life", () => {
  it("make an outage of a gap between two of them, and keep when it ended", () => {
    const inbox = openInbox(fileOf())
    expect([inbox.backAt(), inbox.noteSeen(minute), inbox.backAt()]).toEqual([null, null, null])
    expect([inbox.noteSeen(minute + outageFromMs - 1), inbox.backAt()]).toEqual([null, null])
    expect([inbox.noteSeen(10 * minute), inbox.backAt()]).toEqual([{ awayMs: 8 * minute + 1 }, 10 * minute])
    expect([inbox.noteSeen(10.5 * minute), inbox.backAt()]).toEqual([null, 10 * minute])
    inbox.close()
  })

  it("tell of a subscription that delivers again since the one before", () => {
    const file = fileOf()
    const inbox = openInbox(file)
    inbox.noteSeen(minute)
    const database = openDatabase(file)
    database.exec(
      `INSERT INTO subscription (source, route, event, product, account, state, fields, applied_at, delivers_since)
       VALUES ('fd', 'rule', 'ticket_update', 'freshdesk', 'a', 'active', '{}', 1, ${1.5 * minute})`
    )
    database.close()
    expect([inbox.noteSeen(1.6 * minute), inbox.backAt()]).toEqual([{ awayMs: null }, 1.5 * minute])
    expect([inbox.noteSeen(1.8 * minute), inbox.backAt()]).toEqual([null, 1.5 * minute])
    inbox.close()
  })

  it("are told at a start: after a restart nothing is behind, after an outage all that is read seldom", async () => {
    const file = fileOf()
    const log: Array<string> = []
    for (const awayMs of [0, 0, 2 * minute]) {
      if (awayMs > 0) lastSeen(file, Date.now() - awayMs)
      const receiver = await starting(file, log)
      expect([receiver.inbox.backAt() !== null, log.some((line) => told.test(line))]).toEqual([awayMs > 0, awayMs > 0])
      await receiver.close()
    }
  })

  it("are told by a heartbeat that follows a gap, to those who look for losses", async () => {
    const file = fileOf()
    const log: Array<string> = []
    const receiver = await starting(file, log)
    let ended = 0
    const stop = receiver.onBack(() => {
      ended += 1
    })
    lastSeen(file, realTime.now() - 3 * minute)
    await until(() => ended > 0)
    expect([receiver.inbox.backAt() !== null, log.filter((line) => told.test(line)).length]).toEqual([true, 1])
    stop()
    await receiver.close()
  })
})
