import { describe, expect, it } from "vitest"
import { freshchat, freshdesk } from "../../src/providers/index.js"
import { entityModel } from "../../src/simulator/Entity.js"
import { makeEntityTable } from "../../src/simulator/EntityTable.js"
import { randomStream } from "../../src/simulator/Randomness.js"

const tableAt = (clock: { now: number }) =>
  makeEntityTable(
    {
      ticket: entityModel(freshdesk, "ticket"),
      conversation: entityModel(freshdesk, "conversation", { firstId: 10_001 }),
      user: entityModel(freshchat, "user")
    },
    () => clock.now,
    randomStream(1, "ids")
  )

describe("entities of a simulated account", () => {
  it("show a write to reads once its lag has passed, and what was there until then", () => {
    const clock = { now: 0 }
    const table = tableAt(clock)
    table.put("ticket", 1, { id: 1, status: 2 }, 0)
    table.put("ticket", 1, { id: 1, status: 4 }, 500)
    table.put("ticket", 2, { id: 2 }, 500)
    expect([table.read("ticket", 1), table.read("ticket", 2)]).toEqual([{ id: 1, status: 2 }, null])
    expect(table.readable("ticket")).toEqual([{ id: 1, status: 2 }])
    expect(table.current("ticket", 1)).toEqual({ id: 1, status: 4 })
    clock.now = 500
    expect(table.readable("ticket")).toEqual([{ id: 1, status: 4 }, { id: 2 }])
  })
  it("count their ids on behind those that were given, and draw UUIDs", () => {
    const table = tableAt({ now: 0 })
    expect([table.nextId("conversation"), table.nextId("conversation")]).toEqual([10_001, 10_002])
    table.taken("conversation", 10_050)
    table.taken("conversation", 3)
    expect(table.nextId("conversation")).toBe(10_051)
    expect(table.nextId("user")).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/)
  })
  it("know their dependants", () => {
    const table = tableAt({ now: 0 })
    table.put("conversation", 7, { id: 7, ticket_id: 1 }, 0)
    table.put("conversation", 8, { id: 8, ticket_id: 2 }, 0)
    table.put("conversation", 7, { id: 7, ticket_id: 1, body: "edited" }, 0)
    expect(table.childrenOf("conversation", 1)).toEqual([{ id: 7, ticket_id: 1, body: "edited" }])
    expect(table.childrenOf("conversation", 3)).toEqual([])
  })
})
