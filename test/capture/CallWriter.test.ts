import { join } from "node:path"
import { expect, it } from "vitest"
import { makeCallWriter } from "../../src/capture/index.js"
import { openDatabase } from "../../src/store/index.js"
import { temporaryFolder } from "../support/files.js"
import { observedCall as call } from "../support/observedCall.js"

const settings = {
  integration: "x",
  program: "x",
  kind: "client",
  pid: 7,
  startedAt: 1_000,
  hosts: [],
  keepBodies: false
} as const

it("counts as lost what no row can hold, and keeps the others", () => {
  const database = openDatabase(join(temporaryFolder(), "w.db"))
  const writer = makeCallWriter(database, settings)
  expect(writer.write([call(), call({ status: 200.5 }), call({ url: "https://other.example/" }), call()], 3)).toBe(2)
  expect(database.prepare("SELECT calls, lost FROM recorder").all()).toEqual([{ calls: 2, lost: 4 }])
  expect(database.prepare("SELECT count(*) FROM call").pluck().get()).toBe(2)
  database.close()
})

it("goes on with its process's row when the file is opened again, and begins another once that has ended", () => {
  const database = openDatabase(join(temporaryFolder(), "w.db"))
  makeCallWriter(database, settings).write([call()], 0)
  const again = makeCallWriter(database, settings)
  again.write([call()], 0)
  makeCallWriter(database, { ...settings, integration: "y" })
  expect(database.prepare("SELECT integration, calls FROM recorder").all()).toEqual([
    { integration: "x", calls: 2 },
    { integration: "y", calls: 0 }
  ])
  again.end()
  makeCallWriter(database, settings)
  expect(database.prepare("SELECT count(*) FROM recorder").pluck().get()).toBe(3)
  database.close()
})

const body = (value: unknown) => ({ contentType: "application/json", body: Buffer.from(JSON.stringify(value)) })

it("knows a body that came before, after a transaction was rolled back", () => {
  const database = openDatabase(join(temporaryFolder(), "w.db"))
  const writer = makeCallWriter(database, settings)
  const list = [{ id: 1, updated_at: "2026-03-02T00:00:00Z" }]
  writer.write([call({ ...body(list), bodyId: 4 })], 0)
  const locked = () => {
    throw new Error("locked")
  }
  expect(() => writer.write([call()], 0, locked)).toThrow("locked")
  writer.write([call({ startedAt: 9_000, sameBody: true, bodyId: 4 })], 0)
  expect(database.prepare("SELECT items, new_versions FROM call ORDER BY id").raw().all()).toEqual([
    [1, 1],
    [1, 0]
  ])
  // What the lost transaction itself brought is not known: its versions are in no row.
  let calls = 0
  const lockedLater = () => {
    calls += 1
    if (calls > 1) throw new Error("locked")
    return true
  }
  expect(() => writer.write([call({ ...body(list), bodyId: 5 }), call()], 0, lockedLater)).toThrow("locked")
  writer.write([call({ startedAt: 12_000, sameBody: true, bodyId: 5 })], 0)
  expect(database.prepare("SELECT items FROM call ORDER BY id DESC LIMIT 1").pluck().get()).toBeNull()
  database.close()
})

it("keeps of written records, and of those a bulk answer tells of, hashes that can be compared", () => {
  const database = openDatabase(join(temporaryFolder(), "w.db"))
  const writer = makeCallWriter(database, settings)
  const url = (path: string) => `https://acme.freshdesk.com/api/v2/${path}`
  const job = {
    status: "completed",
    data: [
      { id: 11, success: true },
      { id: 12, success: false }
    ]
  }
  writer.write(
    [
      call({ url: url("jobs/6a5d7a7e-1c77-4f3c-9a51-0b6f0d3c9d11"), ...body(job) }),
      call({ method: "PUT", url: url("tickets/12"), startedAt: 3_000 }),
      call({
        method: "PUT",
        url: url("tickets/bulk_update"),
        startedAt: 4_000,
        requestBody: Buffer.from(JSON.stringify({ bulk_action: { ids: [11, 12], properties: { priority: 2 } } }))
      }),
      call({ url: url("tickets/12"), startedAt: 5_000 })
    ],
    0
  )
  const [answer, single, bulk, read] = database
    .prepare("SELECT failed_records, record_hashes FROM call ORDER BY started_at")
    .raw()
    .all() as Array<[number | null, string | null]>
  const failed = answer![1]!.split(" ")[0]!
  expect(answer![0]).toBe(1)
  expect(failed).toMatch(/^[0-9a-f]{12}$/)
  expect(single).toEqual([null, failed])
  expect(bulk![1]!.split(" ").sort()).toEqual(answer![1]!.split(" ").sort())
  expect(read).toEqual([null, null])
  database.close()
})

it("keeps ids apart that only digits beyond 2^53 tell apart, in whole bodies and in what changed of a list", () => {
  const database = openDatabase(join(temporaryFolder(), "w.db"))
  const writer = makeCallWriter(database, settings)
  const stamp = '"updated_at":"2026-02-03T08:00:00Z"'
  const list = (...ids: ReadonlyArray<string>) =>
    call({ body: Buffer.from(`[${ids.map((id) => `{"id":${id},${stamp}}`).join(",")}]`) })
  const first = ["70000000000000000001", "70000000000000000002"]
  const added = ["9007199254740992", "9007199254740993"]
  writer.write([list(...first), list(...first, ...added)], 0)
  expect(database.prepare("SELECT entity_id FROM item_version").pluck().all().sort()).toEqual([...first, ...added])
  expect(database.prepare("SELECT items, new_versions AS fresh FROM call ORDER BY id").all()).toEqual([
    { items: 2, fresh: 2 },
    { items: 4, fresh: 2 }
  ])
})

it("sees that a field beyond 2^53 changed in its last digit", () => {
  const database = openDatabase(join(temporaryFolder(), "w.db"))
  const writer = makeCallWriter(database, settings)
  const ticket = (order: string, second: number) =>
    call({
      url: "https://acme.freshdesk.com/api/v2/tickets/7",
      body: Buffer.from(`{"id":7,"order":${order},"updated_at":"2026-02-03T08:00:0${second}Z"}`)
    })
  writer.write([ticket("900719925474099312", 1), ticket("900719925474099313", 2)], 0)
  expect(database.prepare("SELECT changed FROM item_version ORDER BY version").pluck().all()).toEqual([
    null,
    '["order"]'
  ])
})

it("keeps a body with a mark in front redacted by field, and its long numbers as they stood", () => {
  const database = openDatabase(join(temporaryFolder(), "w.db"))
  const writer = makeCallWriter(database, { ...settings, keepBodies: true })
  const kept = (text: string, encoding: "utf8" | "utf16le") => {
    writer.write([call({ body: Buffer.from(`\uFEFF${text}`, encoding) })], 0)
    return database.prepare("SELECT content FROM body ORDER BY id DESC").pluck().get()
  }
  expect(kept('{"id":9007199254740993,"first_name":"Ann"}', "utf8")).toBe(
    '{"id":9007199254740993,"first_name":"[redacted]"}'
  )
  expect(kept('{"id":9007199254740995,"last_name":"Lee"}', "utf16le")).toBe(
    '{"id":9007199254740995,"last_name":"[redacted]"}'
  )
})
