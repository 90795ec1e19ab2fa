/**
 * Numbers that no column holds, wherever a file can have one: the place is named, or the figure unknown; all else comes
 * in.
 */
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { expect, it } from "vitest"
import { importHar, importNdjson, ndjsonOf } from "../../src/interchange/index.js"
import { openDatabase } from "../../src/store/index.js"
import { temporaryFolder } from "../support/files.js"
import { chromeEntry, harOfEntries } from "../support/har.js"

const call = (id: number, fields: object = {}) => ({
  id,
  startedAt: `2026-02-05T10:0${id}:00.000Z`,
  durationSeconds: 0.25,
  integration: "sync",
  principal: null,
  product: "freshdesk",
  account: "acme.freshdesk.com",
  method: "GET",
  endpoint: "/api/v2/contacts",
  query: "",
  page: null,
  since: null,
  subject: null,
  status: 200,
  error: null,
  requestBytes: 0,
  responseBytes: 2,
  rateLimit: { total: 200, remaining: 199 },
  retryAfterSeconds: null,
  items: 0,
  newVersions: 0,
  versions: [],
  ...fields
})

const version = (fields: object) => ({
  versions: [
    {
      entity: "contact",
      id: "7",
      version: "1",
      updatedAt: null,
      seenAt: "2026-02-05T10:00:01Z",
      created: false,
      changed: null,
      ...fields
    }
  ]
})

const wrong: ReadonlyArray<readonly [string, object]> = [
  ...["acm:e.example", "a b", "a.example?x", "u@a.example", "", "https://a.example"].map(
    (value): readonly [string, object] => ["account", { account: value }]
  ),
  ...["tickets", "?a=1", ""].map((value): readonly [string, object] => ["endpoint", { endpoint: value }]),
  ...[
    "id",
    "page",
    "status",
    "requestBytes",
    "responseBytes",
    "items",
    "newVersions",
    "failedRecords",
    "process"
  ].flatMap((field) => [0.5, 1e308, -1].map((value): readonly [string, object] => [field, { [field]: value }])),
  ...["page", "items", "newVersions", "failedRecords"].map((field): readonly [string, object] => [
    field,
    { [field]: 2 ** 31 }
  ]),
  ...[1e308, -1, 1e9].map((value): readonly [string, object] => ["durationSeconds", { durationSeconds: value }]),
  ...[1e308, -1].map((value): readonly [string, object] => ["retryAfterSeconds", { retryAfterSeconds: value }]),
  ...[0.5, 1e308, -1, 2 ** 40].flatMap(
    (value): ReadonlyArray<readonly [string, object]> => [
      ["rateLimit.total", { rateLimit: { total: value, remaining: null } }],
      ["rateLimit.remaining", { rateLimit: { total: null, remaining: value } }]
    ]
  ),
  ...["9999-01-01T00:00:00Z", "1970-01-01T00:00:00Z", "2026-13-01T00:00:00Z"].flatMap(
    (value): ReadonlyArray<readonly [string, object]> => [
      ["startedAt", { startedAt: value }],
      ["since", { since: value }],
      ["serverTime", { serverTime: value }],
      ["versions.0.seenAt", version({ seenAt: value })],
      ["versions.0.updatedAt", version({ updatedAt: value })]
    ]
  )
]

it("names each line of NDJSON with a number or time that cannot be, and imports the others", async () => {
  const folder = temporaryFolder()
  const database = openDatabase(join(folder, "n.db"))
  for (const [at, [field, fields]] of wrong.entries()) {
    const file = join(folder, `${at}.ndjson`)
    const lines = [
      call(1, { account: `a${at}.freshdesk.com` }),
      call(2, fields),
      call(3, { account: `a${at}.freshdesk.com` })
    ]
    writeFileSync(
      file,
      [{ format: "hookshift-calls", version: 1 }, ...lines].map((line) => JSON.stringify(line)).join("\n")
    )
    expect(await importNdjson(database, file)).toMatchObject({
      added: 2,
      damaged: [{ where: "line 3", problem: `is no call: ${field} is missing or not valid` }]
    })
  }
  // Ids of the file's own making are put in the order of time.
  const ids = database.prepare("SELECT id, started_at FROM call ORDER BY id").raw().all() as Array<[number, number]>
  expect(ids.every(([id, startedAt]) => Math.floor(id / 2_048) === startedAt)).toBe(true)
  const text = [...ndjsonOf(database, { from: 0, to: Number.MAX_SAFE_INTEGER })].join("")
  database.close()
  // What was exported comes in again as it is.
  const copy = openDatabase(join(folder, "copy.db"))
  writeFileSync(join(folder, "all.ndjson"), text)
  expect(await importNdjson(copy, join(folder, "all.ndjson"))).toMatchObject({
    added: 2 * wrong.length,
    damagedCount: 0
  })
  expect([...ndjsonOf(copy, { from: 0, to: Number.MAX_SAFE_INTEGER })].join("")).toBe(text)
  copy.close()
})

it("redacts bodies of NDJSON as recorded ones, and leaves those that are as they are", async () => {
  const folder = temporaryFolder()
  const file = join(folder, "b.ndjson")
  const lines = [
    call(1, { requestBody: '{"password":"hunter2","status":2}', responseBody: "<pin>hunter2</pin>" }),
    call(2, { responseBody: '{"password":"[redacted]","id":9007199254740993}' })
  ]
  writeFileSync(
    file,
    [{ format: "hookshift-calls", version: 1 }, ...lines].map((line) => JSON.stringify(line)).join("\n")
  )
  const database = openDatabase(join(folder, "b.db"))
  await importNdjson(database, file)
  expect(database.prepare("SELECT content FROM body ORDER BY id").pluck().all()).toEqual([
    '{"password":"[redacted]","status":2}',
    '{"password":"[redacted]","id":9007199254740993}'
  ])
  database.close()
})

it("takes a number of a HAR that cannot be for unknown, and keeps the call", async () => {
  const folder = temporaryFolder()
  const database = openDatabase(join(folder, "h.db"))
  const entry = chromeEntry(1, 2) as { readonly response: object; readonly request: object }
  const numbers = [1e308, 0.5, -7, 2 ** 60]
  const entries = numbers.map((value, at) => ({
    ...entry,
    startedDateTime: `2026-02-05T11:0${at}:00.000Z`,
    time: value === 0.5 ? 1e308 : value,
    request: { ...entry.request, bodySize: value },
    response: { ...entry.response, bodySize: value }
  }))
  writeFileSync(join(folder, "a.har"), harOfEntries(entries))
  const settings = { integration: null, hosts: [], keepBodies: false }
  expect(await importHar(database, join(folder, "a.har"), settings)).toMatchObject({ added: 4, damagedCount: 0 })
  const rows = database
    .prepare("SELECT duration_us, response_bytes, status FROM call ORDER BY id")
    .raw()
    .all() as Array<[number | null, number | null, number]>
  expect(rows.map(([duration]) => duration)).toEqual([null, null, null, null])
  expect(new Set(rows.map(([, , status]) => status))).toEqual(new Set([200]))
  database.close()
})
