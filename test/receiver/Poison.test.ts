/**
 * A message can only harm itself, and what stands still is said: payloads made to break things, rows that cannot be
 * read, damaged pages.
 */
import { closeSync, openSync, readFileSync, statSync, writeSync } from "node:fs"
import { join } from "node:path"
import Sqlite from "better-sqlite3"
import { Effect } from "effect"
import { describe, expect, it, onTestFinished } from "vitest"
import { policy } from "../../src/policy/index.js"
import { freshdesk, providerOf } from "../../src/providers/index.js"
import { makeCircuitBreaker } from "../../src/receiver/handover/CircuitBreaker.js"
import { failureOf, TargetFailure } from "../../src/receiver/handover/Target.js"
import { openDeliveryLog } from "../../src/receiver/inbox/DeliveryLog.js"
import { openInboxFile } from "../../src/receiver/inbox/InboxFile.js"
import { openSetAside } from "../../src/receiver/inbox/SetAside.js"
import { createReceiver, openInbox, type ReceiverOptions } from "../../src/receiver/index.js"
import { makeStallClock } from "../../src/receiver/operations/Watchdog.js"
import { parsePayload } from "../../src/receiver/payloads/PayloadParser.js"
import { makeFindings } from "../../src/reconciliation/Findings.js"
import { isRowFailure, rowFailureOf, StoreError } from "../../src/store/index.js"
import { deliveryBody, post, secret } from "../support/deliveries.js"
import { temporaryFolder } from "../support/files.js"
import { until } from "../support/until.js"

const starting = async (options: Partial<ReceiverOptions> = {}) => {
  const said: Array<string> = []
  const receiver = await createReceiver({
    db: join(temporaryFolder(), "p.db"),
    listen: { port: 0 },
    sources: { fd: { profile: "freshworks", secrets: [secret] } },
    log: (_, message, fields) => void said.push(`${message} ${Object.values(fields ?? {}).join(" ")}`),
    ...options
  })
  onTestFinished(() => receiver.close())
  return { receiver, said }
}
const productEvent = (timestamp: unknown) =>
  JSON.stringify({ event: "onTicketUpdate", timestamp, data: { ticket: { id: 9, subject: "s" } } })

/** Bodies that look right up to the value that breaks whatever does not check it. */
const poison: ReadonlyArray<string> = [
  ...[-9e15, 9e15, 1e300, 2 ** 48, 1.5, -1e-7].map(productEvent),
  '{"event":"onTicketUpdate","timestamp":1e999,"data":{"ticket":{"id":9}}}',
  JSON.stringify({ event: "ticket_update", entity: "ticket", id: 9, occurred_at: 9e15, snapshot: {} }),
  JSON.stringify({ event: "ticket_update", entity: "ticket", id: "9\0x", snapshot: {} }),
  JSON.stringify({ action: "constructor", data: {} }),
  JSON.stringify({ action: "toString", data: {} })
]

describe("a payload made to break things", () => {
  it("is in quarantine with 200, and its neighbours of the same moment are handed over", async () => {
    const handed: Array<string> = []
    const { receiver } = await starting({ onEvent: ({ entityId }) => void handed.push(entityId) })
    const answers = await Promise.all(
      poison.flatMap((body, n) => [post(receiver.url, body), post(receiver.url, deliveryBody({ id: 100 + n }))])
    )
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200))
    await until(() => handed.length === poison.length, "all sound ones are handed over")
    expect(receiver.inbox.counts().quarantined).toBe(poison.length)
  })
  it("may hold objects where words are expected", () => {
    const read = (body: object) =>
      parsePayload(Buffer.from(JSON.stringify(body)), { provider: providerOf("freshdesk"), header: () => undefined })
    expect(read({ freshdesk_webhook: { ticket_id: 4, triggered_event: { toString: 1 } } })).toMatchObject({
      understood: true,
      event: { event: "ticket_update" }
    })
    expect(read(JSON.parse(productEvent(1_772_445_600_000)))).toMatchObject({ understood: true })
  })
  it("does not stop the state where a reply names its ticket by an object", async () => {
    const handed: Array<string> = []
    const { receiver } = await starting({ onEvent: ({ entity }) => void handed.push(entity) })
    const snapshot = { id: 5, ticket_id: { toString: 1 } }
    await post(receiver.url, deliveryBody({ event: "conversation_create", entity: "conversation", id: 5, snapshot }))
    await post(receiver.url, deliveryBody({ id: 6 }))
    await until(() => handed.length === 2, "both are handed over")
  })
})

describe("a stored row that cannot be read", () => {
  it("is a dead letter with its reason, can be listed and shown, and the rest goes on", async () => {
    const db = join(temporaryFolder(), "r.db")
    const first = await starting({ db })
    for (let id = 1; id <= 6; id++) await post(first.receiver.url, deliveryBody({ id }))
    await until(() => first.receiver.inbox.state("fd", "ticket", "6") !== null, "all is applied")
    await first.receiver.close()
    const other = new Sqlite(db)
    other.exec("UPDATE delivery SET undo = x'00', body = x'00' WHERE entity_id = '2'")
    other.exec("UPDATE delivery SET updated_at = -9000000000000000 WHERE entity_id = '3'")
    other.exec("UPDATE delivery SET applied = 0, body = x'0102' WHERE entity_id = '4'")
    other.close()
    const handed = new Map<string, string | null>()
    const { receiver, said } = await starting({
      db,
      onEvent: ({ entityId, occurredAt }) => void handed.set(entityId, occurredAt)
    })
    await until(() => receiver.inbox.counts().stored === 0, "nothing waits")
    expect([...handed.keys()].sort()).toEqual(["1", "3", "5", "6"])
    expect(handed.get("3")).toBeNull()
    const dead = receiver.inbox.list(10, { state: "dead" })
    expect(dead.map(({ bodySha256, entityId, unreadable }) => [entityId, bodySha256, unreadable !== null])).toEqual([
      ["4", null, true],
      ["2", null, true]
    ])
    expect(receiver.inbox.list(10)).toHaveLength(6)
    expect(receiver.inbox.show(dead[0]!.id)).toMatchObject({ body: null, lastError: expect.stringContaining("sealed") })
    await until(() => said.some((line) => line.startsWith("events were set aside")), "it is logged")
  })
})

it("the inbox's thread tells why a row failed in words that stay", async () => {
  const { receiver } = await starting()
  const told = await receiver
    .note("fillState", "fd", "ticket", "1", 1, { odd: 1n }, null, "list")
    .catch((error: Error) => error)
  expect(told).toMatchObject({ reason: "row", message: "it cannot be read (TypeError)" })
  expect(rowFailureOf(told)).toBe((told as Error).message)
})

/** Overwrites the leaf that a row lies on: the row's own bytes tell where. */
const damage = (db: string, selectBytes: string) => {
  const other = new Sqlite(db)
  // No page keeps an older copy.
  other.exec("VACUUM")
  other.pragma("wal_checkpoint(TRUNCATE)")
  const bytes = other.prepare(selectBytes).pluck().get() as Buffer
  const pageSize = other.pragma("page_size", { simple: true }) as number
  other.close()
  const page = Math.floor(readFileSync(db).indexOf(bytes.subarray(0, 32)) / pageSize)
  const file = openSync(db, "r+")
  writeSync(file, Buffer.alloc(pageSize, 0xa5), 0, pageSize, page * pageSize)
  closeSync(file)
  expect(statSync(db).size).toBeGreaterThan(page * pageSize)
  return { page, length: bytes.length }
}

describe("a damaged page", () => {
  it("is said with db check's name, and what can be read is handed over", async () => {
    const db = join(temporaryFolder(), "d.db")
    const first = await starting({ db })
    const filler = "x".repeat(600)
    for (let n = 0; n < 300; n += 30)
      await Promise.all(
        Array.from({ length: 30 }, (_, i) =>
          post(first.receiver.url, deliveryBody({ id: n + i + 1, snapshot: { id: n + i + 1, filler } }))
        )
      )
    await until(() => first.receiver.inbox.state("fd", "ticket", "300") !== null, "all is applied")
    await first.receiver.close()
    const { length, page } = damage(db, "SELECT body FROM delivery WHERE id = 150")
    const handed = new Set<string>()
    const { receiver, said } = await starting({ db, onEvent: ({ entityId }) => void handed.add(entityId) })
    expect((await post(receiver.url, deliveryBody({ id: 9_000 }))).status).toBe(200)
    await until(
      () => handed.has("9000") && handed.has("300") && handed.has("1"),
      "both sides of it are handed over",
      20_000
    ).catch((error) => {
      throw new Error(`${error} ${handed.size} ${[...handed].slice(-3)} ${said.join(" | ")} page ${page} ${length}`)
    })
    expect(handed.size).toBeGreaterThan(280)
    await until(() => said.some((line) => line.includes("hookshift db check")), "it is said")
    expect(handed.has("150")).toBe(false)
    const leftOut: Array<number> = []
    const lines = receiver.inbox.list(400, {}, (id) => leftOut.push(id))
    expect(leftOut).toContain(150)
    expect(lines.length + leftOut.length).toBe(301)
  })
  it("is the reason that the inbox's thread gives for an operation, and is told as it is", async () => {
    const db = join(temporaryFolder(), "o.db")
    const first = await starting({ db })
    const filler = "x".repeat(600)
    await Promise.all(
      Array.from({ length: 30 }, (_, n) =>
        post(first.receiver.url, deliveryBody({ id: n + 1, snapshot: { id: n + 1, filler } }))
      )
    )
    for (let id = 1; id <= 30; id++)
      await until(() => first.receiver.inbox.state("fd", "ticket", String(id)) !== null, "all are applied")
    await first.receiver.close()
    damage(db, "SELECT snapshot FROM entity_state WHERE entity_id = '15'")
    const { receiver } = await starting({ db })
    const looked = { updatedAt: null, snapshot: {} }
    const told = await receiver
      .note("mergeState", "fd", "ticket", "15", 1, {}, looked, null)
      .catch((error: Error) => error)
    expect(told).toMatchObject({ reason: "damaged", message: expect.stringContaining("hookshift db check") })
    expect(rowFailureOf(told)).toBe((told as Error).message)
  })
  it("under one entity's row passes a sweep by that entity, and says why", async () => {
    const failure = new StoreError("damaged", "it lies in a damaged page")
    const passedBy: Array<string> = []
    const findings = makeFindings(
      {
        state: () => null,
        put: async () => "stored",
        note: () => Promise.reject(failure),
        rowFailure: (error) => (isRowFailure(error) ? rowFailureOf(error) : null)
      },
      {
        source: "fd",
        account: "acme",
        provider: freshdesk,
        policy,
        beganAt: () => Effect.succeed(Date.now()),
        onUnreadable: (entity, reason) => Effect.sync(() => void passedBy.push(`${entity}: ${reason}`))
      }
    )
    const item = { id: 1, created_at: "2026-03-01T00:00:00Z", updated_at: "2026-03-01T00:00:00Z" }
    await Effect.runPromise(
      findings.compare("ticket", item, { readAt: Date.now(), shower: "list", meetsThePast: true })
    )
    expect(passedBy).toEqual(["ticket: it lies in a damaged page"])
  })
})

describe("what stands still", () => {
  it("is said, counted and a reason for /readyz: a handler that never answers", async () => {
    let release = (): void => undefined
    const { receiver, said } = await starting({
      admin: { port: 0 },
      watch: { everyMs: 20, stalledAfterMs: 200 },
      onEvent: () =>
        new Promise<void>((resolve) => {
          release = resolve
        })
    })
    await post(receiver.url, deliveryBody())
    await until(() => said.some((line) => line.includes("none is handed over")), "the watchdog says so")
    // Operators are answered from a look once a second.
    const ready = async () => (await fetch(`${receiver.adminUrl}/readyz`)).status
    await until(async () => (await ready()) === 503, "operators are told")
    expect(await (await fetch(`${receiver.adminUrl}/readyz`)).text()).toContain("the target has not answered")
    release()
    await until(async () => (await ready()) === 200, "it is ready again")
  })
  it("is told from what moves and from what need not", () => {
    const stalled = makeStallClock()
    expect(stalled(0, true, 0)).toBeNull()
    expect(stalled(5_000, true, 0)).toBe(5_000)
    expect(stalled(10_000, true, 1)).toBeNull()
    expect(stalled(15_000, false, 1)).toBeNull()
    expect(stalled(60_000, true, 1)).toBe(0)
  })
})

describe("a target", () => {
  it("that refuses everything with an error of its own gets few tries, and all of them once it is well", () => {
    const breaker = makeCircuitBreaker()
    let tries = 0
    for (let now = 0; now < 30_000; now++)
      if (breaker.allows(now, 0)) {
        tries += 1
        breaker.failed(now, null, false)
      }
    expect(tries).toBeLessThan(120)
    breaker.succeeded()
    expect(breaker.allows(30_000, 31)).toBe(true)
    // Poison between sound events opens nothing.
    for (let n = 0; n < 1_000; n++) {
      breaker.failed(30_000, null, false)
      if (n % 20 === 0) breaker.succeeded()
    }
    expect(breaker.allows(30_000, 31)).toBe(true)
  })
  it("may throw whatever it likes", () => {
    const odd = new Error("x")
    Object.assign(odd, { name: { secret: 1 } })
    expect(failureOf(odd).kind).toBe("Error")
    expect(failureOf(new TargetFailure("Status503", true, Number.NaN)).retryAfterMs).toBeNull()
  })
})

it("a delivery whose commit meets a damaged page leaves no event to the row that gets its number", () => {
  const file = openInboxFile(join(temporaryFolder(), "c.db"), {})
  onTestFinished(() => void file.database.close())
  // The commit of both, then that of the first alone.
  let failing = 2
  const durably = <A>(work: () => A): A =>
    file.durably(() => {
      const result = work()
      if (failing-- > 0) throw Object.assign(new Error("a page is damaged"), { code: "SQLITE_CORRUPT" })
      return result
    })
  const log = openDeliveryLog({ ...file, durably }, openSetAside(file))
  const put = [deliveryBody({ id: 1 }), "no event"].map((body) => ({
    source: "fd",
    origin: "webhook" as const,
    receivedAt: 1,
    body: Buffer.from(body),
    deliveryId: null,
    headers: {}
  }))
  expect(log.putAll(put)).toEqual(["unavailable", "quarantined"])
  expect(file.database.prepare("SELECT id, state FROM delivery").all()).toEqual([{ id: 1, state: "quarantined" }])
  expect(log.eventOf(1, "fd")).toBeNull()
  expect(log.putAll(put)).toEqual(["stored", "duplicate"])
  expect(log.eventOf(2, "fd")).toMatchObject({ entityId: "1" })
})

it("finds dead letters by their index, and brings them back in slices", () => {
  const db = join(temporaryFolder(), "s.db")
  const inbox = openInbox(db)
  inbox.putAll(
    Array.from({ length: 1_200 }, (_, id) => ({
      source: "fd",
      origin: "webhook" as const,
      receivedAt: 1,
      body: Buffer.from(deliveryBody({ id: id + 1 })),
      deliveryId: null,
      headers: {}
    }))
  )
  const other = new Sqlite(db)
  other.exec("UPDATE delivery SET state = 'dead'")
  other.close()
  expect(inbox.retrySlice({}, 0)).toEqual({ count: 500, next: 500 })
  expect(inbox.retryAll({})).toBe(700)
  expect(inbox.retrySlice({}, 0)).toEqual({ count: 0, next: null })
  inbox.close()
})
