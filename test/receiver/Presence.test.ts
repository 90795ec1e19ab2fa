import { join } from "node:path"
import { expect, it } from "vitest"
import { openPresence } from "../../src/receiver/inbox/Presence.js"
import { openDatabase } from "../../src/store/index.js"
import { temporaryFolder } from "../support/files.js"

it("the end of a subscription's outage is told until its sign of life is committed, then no more", () => {
  const database = openDatabase(join(temporaryFolder(), "p.db"))
  const presence = openPresence(database)
  expect(presence.seen(1_000)).toBe(null)
  presence.noted()
  database
    .prepare(
      `INSERT INTO subscription (source, route, event, product, account, state, fields, delivers_since)
       VALUES ('fd', 'rule', 'ticket_update', 'freshdesk', 'a', 'active', '{}', 1500)`
    )
    .run()
  const failing = database.transaction(() => {
    expect(presence.seen(2_000)).toEqual({ awayMs: null })
    throw new Error("full")
  })
  expect(failing).toThrow("full")
  expect(presence.seen(3_000)).toEqual({ awayMs: null })
  presence.noted()
  expect(presence.seen(4_000)).toBe(null)
  database.close()
})
