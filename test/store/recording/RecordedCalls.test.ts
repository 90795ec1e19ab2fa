import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { callIdSlots } from "../../../src/domain/Call.js"
import {
  bodyTexts,
  type Database,
  eachWholeCall,
  makeStreamIds,
  openDatabase,
  openRecorderRow,
  RecordingStatements,
  readAccountGets,
  readAccountVersions
} from "../../../src/store/index.js"
import { readRecording } from "../../../src/store/recording/ReadRecording.js"
import { temporaryFolder } from "../../support/files.js"

const openScratch = (): Database => openDatabase(join(temporaryFolder(), "h.db"))
const everything = { from: 0, to: Number.MAX_SAFE_INTEGER }
const noon = Date.UTC(2026, 2, 2, 12)
const tickets = {
  integration: "crm-sync",
  principal: "",
  product: "freshdesk",
  account: "acme.freshdesk.com",
  method: "GET",
  template: "/api/v2/tickets",
  query: "per_page=100"
}

interface Given {
  readonly at: number
  readonly stream: number
  readonly durationUs?: number | null
  readonly hashes?: string | null
}

const addCall = (database: Database, { at, durationUs = 1_234_567, hashes = null, stream }: Given): number => {
  const id = at * callIdSlots
  RecordingStatements.insertCall(database).run(
    id,
    stream,
    at,
    durationUs,
    200,
    null,
    1,
    null,
    "42",
    null,
    900,
    200,
    150,
    0.5,
    2,
    1,
    null,
    -250,
    null,
    hashes
  )
  return id
}

const addVersion = (database: Database, stream: number, call: number, entityId: string, changed: string | null) =>
  RecordingStatements.insertItemVersion(database).run(
    stream,
    "ticket",
    entityId,
    `${call}`,
    call,
    noon,
    noon + 5,
    changed === null ? 1 : 0,
    changed
  )

describe("recorded calls", () => {
  it("come in the order of time, each with its stream, the versions that it brought and its bodies", () => {
    const database = openScratch()
    const streams = makeStreamIds(database)
    const own = streams.idOf(tickets)
    const other = streams.idOf({ ...tickets, principal: "0123456789ab", product: "", method: "POST" })
    const late = addCall(database, { at: noon + 1_000, stream: own, durationUs: null })
    const early = addCall(database, { at: noon, stream: other, hashes: "0123456789ab ba9876543210" })
    addVersion(database, own, late, "2", '["status"]')
    addVersion(database, own, late, "10", null)
    addVersion(database, own, late + 1, "gone", null)
    const text = bodyTexts(database)
    RecordingStatements.insertCallBody(database).run(late, null, text("{}"))
    const [first, second, ...more] = [...eachWholeCall(database, everything)]
    expect(more).toEqual([])
    expect(first).toMatchObject({
      call: { id: early, durationMs: 1_234.567, recordHashes: ["0123456789ab", "ba9876543210"], clockMs: -250 },
      stream: { principal: "0123456789ab", product: null, method: "POST" },
      versions: [],
      requestBody: null,
      responseBody: null
    })
    expect(second).toMatchObject({
      call: { id: late, durationMs: null, recordHashes: null, subject: "42", retryAfterSeconds: 0.5 },
      stream: { principal: null, product: "freshdesk" },
      versions: [
        { entityId: "10", created: true, changed: null },
        { entityId: "2", created: false, changed: ["status"] }
      ],
      requestBody: null,
      responseBody: "{}"
    })
    expect([...eachWholeCall(database, { from: noon, to: noon + 1_000 })].map(({ call }) => call.id)).toEqual([early])
    database.close()
  })

  it("are the same as columns, for export and for a replay", () => {
    const database = openScratch()
    const streams = makeStreamIds(database)
    const own = streams.idOf(tickets)
    const elsewhere = streams.idOf({ ...tickets, account: "other.freshdesk.com" })
    const write = streams.idOf({ ...tickets, method: "PUT" })
    const ids = [own, elsewhere, write, own].map((stream, n) => addCall(database, { at: noon + n * 60_000, stream }))
    addVersion(database, own, ids[3]!, "7", '["status"]')
    addVersion(database, elsewhere, ids[1]!, "8", null)
    expect([...eachWholeCall(database, everything)].map(({ call }) => call.id)).toEqual(ids)
    const columns = readRecording(database, {}, [])
    expect(columns).toMatchObject({ calls: 4, firstAt: noon, lastAt: noon + 180_000, bodiesKept: false })
    expect(columns.streams.flatMap(({ calls }) => [...calls.id.subarray(0, calls.length)]).sort()).toEqual(ids)
    expect(readAccountGets(database, tickets.account, everything).map(({ id, of }) => [id, of.id])).toEqual([
      [ids[0], own],
      [ids[3], own]
    ])
    expect(readAccountVersions(database, tickets.account, noon + 1)).toEqual([
      {
        stream: own,
        call: ids[3],
        entity: "ticket",
        entityId: "7",
        updatedAt: noon,
        seenAt: noon + 5,
        created: 0,
        changed: '["status"]',
        subject: "42"
      }
    ])
    expect(readAccountVersions(database, tickets.account, noon)).toEqual([])
    database.close()
  })
})

describe("a recorder's row", () => {
  const recorder = {
    integration: null,
    program: "sync.js",
    kind: "client",
    pid: 4711,
    startedAt: noon,
    keepBodies: false
  }
  it("is the same for a process that opens its database again, until it has ended", () => {
    const database = openScratch()
    const row = openRecorderRow(database, recorder)
    row.count(3, 1, noon + 10)
    row.count(2, 0, 0)
    expect(openRecorderRow(database, recorder).id).toBe(row.id)
    row.end()
    const next = openRecorderRow(database, recorder)
    expect(next.id).not.toBe(row.id)
    expect(database.prepare("SELECT calls, lost, last_seen_at, ended FROM recorder").all()).toEqual([
      { calls: 5, lost: 1, last_seen_at: noon + 10, ended: 1 },
      { calls: 0, lost: 0, last_seen_at: noon, ended: 0 }
    ])
    database.close()
  })
})

describe("a stream's number", () => {
  it("is forgotten with the transaction that gave it out, and is the same for the same parts", () => {
    const database = openScratch()
    const streams = makeStreamIds(database)
    const first = streams.idOf(tickets)
    expect([streams.idOf({ ...tickets }), makeStreamIds(database).idOf(tickets)]).toEqual([first, first])
    const later = { ...tickets, query: "" }
    const undone = () =>
      database.transaction(() => {
        streams.idOf(later)
        throw new Error("rolled back")
      })()
    expect(undone).toThrow("rolled back")
    streams.forget()
    const id = streams.idOf(later)
    expect(database.prepare("SELECT query FROM stream WHERE id = ?").pluck().get(id)).toBe("")
    database.close()
  })
})
