import { join } from "node:path"
import { expect, it } from "vitest"
import { makeCallWriter, type Observation, observationOf } from "../../src/capture/index.js"
import { openDatabase } from "../../src/store/index.js"
import { temporaryFolder } from "../support/files.js"

const settings = {
  integration: "x",
  program: "x",
  kind: "client",
  pid: 7,
  startedAt: 1_000,
  hosts: [],
  keepBodies: false
} as const

const call = (fields: Partial<Observation> = {}): Observation => ({
  ...observationOf({
    startedAt: 2_000,
    durationMs: 5,
    method: "GET",
    url: "https://acme.freshdesk.com/api/v2/tickets",
    authorization: null,
    userAgent: null,
    status: 200,
    error: null,
    requestBytes: 0,
    responseBytes: 2,
    header: () => null,
    contentType: null,
    body: null,
    requestBody: null
  }),
  ...fields
})

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
