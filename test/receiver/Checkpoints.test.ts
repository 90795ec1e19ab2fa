/**
 * How the inbox's file is written to: the WAL is folded whoever makes it long, and work on many rows leaves gaps for
 * others.
 */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import Sqlite from "better-sqlite3"
import { expect, it, onTestFinished } from "vitest"
import type { IncomingDelivery } from "../../src/receiver/inbox/Delivery.js"
import { openInboxWithFile } from "../../src/receiver/inbox/Inbox.js"
import { startInboxThread } from "../../src/receiver/inbox/InboxThread.js"
import { openInbox } from "../../src/receiver/index.js"
import { runCli } from "../support/cli.js"
import { deliveryBody } from "../support/deliveries.js"
import { temporaryFolder } from "../support/files.js"
import { until } from "../support/until.js"

const deliveryOf = (id: number): IncomingDelivery => ({
  source: "fd",
  origin: "webhook",
  receivedAt: 1,
  body: Buffer.from(deliveryBody({ id })),
  deliveryId: null,
  headers: {}
})

const deliveries = (count: number): ReadonlyArray<IncomingDelivery> =>
  Array.from({ length: count }, (_, n) => deliveryOf(n + 1))

/** SQLite's file format, "The Write-Ahead Log": how often it has begun anew. */
const beginnings = (db: string): number => readFileSync(`${db}-wal`).readUInt32BE(12)

it("the WAL begins anew again and again while only the hand-over writes", async () => {
  const db = join(temporaryFolder(), "w.db")
  // So few that a pause is no reason to fold what they leave.
  const count = 150
  const { file, inbox } = openInboxWithFile(db)
  inbox.putAll(deliveries(count))
  inbox.close()
  let applied = 0
  const thread = await startInboxThread({
    data: {
      file: db,
      key: file.key,
      owner: null,
      reading: { sources: { fd: { product: "freshdesk", serviceAccount: null } }, descriptions: [] },
      hydrates: false,
      tells: false,
      foldAtBytes: 200_000
    },
    deadlineMs: 100_000,
    now: Date.now,
    onCommitted: () => undefined,
    onApplied: (_, __, ___, moved) => {
      applied += moved
    },
    onStuck: () => undefined,
    onRestarted: () => undefined,
    onOwner: () => undefined,
    onNotRestarted: () => undefined,
    onRefused: () => undefined,
    onSetAside: () => undefined
  })
  onTestFinished(() => thread.close())
  await until(() => applied === count, "all is applied")
  // What was written until now is folded; its own connection keeps nothing of it.
  const other = new Sqlite(db)
  await until(() => (other.pragma("wal_checkpoint(TRUNCATE)") as Array<{ busy: number }>)[0]!.busy === 0)
  other.close()
  let settled: ReadonlyArray<number> = []
  const handOver = async (): Promise<number> => {
    const { events } = await thread.ask("exchange", { delivered: settled, failed: [], returned: [] }, 1, 1, false)
    settled = events.map(({ deliveryId }) => deliveryId)
    return events.length
  }
  // The first is given out, which writes nothing; with the second it is settled.
  for (const _ of [1, 2]) expect(await handOver()).toBe(1)
  const first = beginnings(db)
  await until(async () => beginnings(db) >= first + 2 || (await handOver()) === 0, "the WAL begins anew twice")
  expect(beginnings(db)).toBeGreaterThanOrEqual(first + 2)
})

/** Transactions in a WAL: frames that say how long the database is after them. */
const transactions = (db: string): number => {
  const wal = readFileSync(`${db}-wal`)
  if (wal.length === 0) return 0
  const frame = wal.readUInt32BE(8) + 24
  let count = 0
  for (let at = 32; at + frame <= wal.length && wal.compare(wal, 16, 24, at + 8, at + 16) === 0; at += frame)
    if (wal.readUInt32BE(at + 4) > 0) count += 1
  return count
}

it("inbox purge and inbox retry --all give way to others after each 500 rows, and write nothing where nothing is to be done", {
  timeout: 200_000
}, async () => {
  const folder = temporaryFolder()
  const db = join(folder, "i.db")
  const count = 2_500
  const inbox = openInbox(db)
  inbox.putAll(deliveries(count))
  inbox.close()
  // Keeps the WAL, which goes with the last connection.
  const other = new Sqlite(db)
  onTestFinished(() => void other.close())
  const during = async (...args: ReadonlyArray<string>): Promise<number> => {
    other.pragma("wal_checkpoint(TRUNCATE)")
    const { code, stderr } = await runCli(["inbox", ...args, "--db", db], { cwd: folder })
    expect([code, stderr]).toEqual([0, ""])
    return transactions(db)
  }
  const stateIs = (state: string) => other.prepare("UPDATE delivery SET state = ?, applied = 1").run(state)
  stateIs("delivered")
  // Opening the file may write as well.
  const none = await during("list", "--limit", "1", "--json")
  expect(await during("retry", "--all")).toBe(none)
  stateIs("dead")
  expect(await during("retry", "--all")).toBeGreaterThanOrEqual(none + count / 500)
  expect(other.prepare("SELECT count(*) FROM delivery WHERE state = 'stored'").pluck().get()).toBe(count)
  stateIs("delivered")
  expect(await during("purge", "--older-than", "1h")).toBeGreaterThanOrEqual(none + count / 500)
  expect(other.prepare("SELECT count(*) FROM delivery").pluck().get()).toBe(1)
})
