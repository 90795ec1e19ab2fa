/** The entities of one type: what is forgotten, and which orders are known. */
import { describe, expect, it } from "vitest"
import { TypeState } from "../../src/mirror/state/TypeState.js"
import { freshdesk, listsOf } from "../../src/providers/index.js"
import type { FedEntity } from "../../src/receiver/index.js"

const stamp = "2026-11-27T10:00:00Z"
const ticket = (id: number, more: Readonly<Record<string, unknown>> = {}) => ({
  id,
  created_at: stamp,
  updated_at: stamp,
  due_by: stamp,
  status: 2,
  spam: false,
  ...more
})
const ruleOf = (entity: string) => listsOf(freshdesk).find((rule) => rule.entity === entity)!
const at = Date.parse(stamp)
const read = (type: TypeState, id: number, more = {}): void => {
  type.takeRead(String(id), ticket(id, more), at, at + 60_000, "list")
}

/** A row of the receiver's state. */
const fed = (text: string, more: Pick<FedEntity, "pushedAt" | "updatedAt">): FedEntity => ({
  version: 7,
  source: "fd",
  entity: "ticket",
  entityId: "1",
  deleted: false,
  touchedAt: null,
  carriedSince: null,
  carried: [],
  text,
  ...more
})

describe("answers of the provider", () => {
  it("are kept up to a size; what only they had shown is known in part then", () => {
    const text = "x".repeat(1_000)
    const type = new TypeState(ruleOf("ticket"), freshdesk.entities["ticket"]!, "fd", 3_500)
    for (const id of [1, 2, 3]) read(type, id, { text })
    expect([...type.partial]).toEqual([])
    read(type, 4, { text })
    expect([...type.partial]).toEqual(["1"])
    read(type, 1, { text })
    expect([...type.partial]).toEqual(["2"])
    expect(type.rows.get("1")?.own?.list).toContain(text)
  })
})

describe("an entity that the provider does not have", () => {
  it("is gone, unless it was told of so lately that it may not be readable yet", () => {
    const type = new TypeState(ruleOf("ticket"), freshdesk.entities["ticket"]!, "fd")
    type.takeState(fed(JSON.stringify(ticket(1)), { updatedAt: at, pushedAt: at }))
    type.takeDeletion("1", at + 30_000)
    expect([type.rows.get("1")?.hidden, type.lacking.has("1")]).toEqual([false, true])
    type.takeDeletion("1", at + 30_001)
    expect([type.rows.get("1")?.hidden, type.lacking.has("1")]).toEqual([true, false])
  })
})

describe("a state that an answer has overtaken", () => {
  it("is not whole, also once the answer is forgotten", () => {
    const type = new TypeState(ruleOf("ticket"), freshdesk.entities["ticket"]!, "fd", 3_500)
    type.takeState(
      fed(JSON.stringify(ticket(1, { updated_at: "2026-11-27T09:00:00Z" })), {
        updatedAt: at - 3_600_000,
        pushedAt: null
      })
    )
    expect([...type.partial]).toEqual([])
    for (const id of [1, 2, 3, 4]) read(type, id, { text: "x".repeat(1_000) })
    expect([...type.partial]).toEqual(["1"])
  })
})

describe("a list's order", () => {
  it("that is not documented is known once it was seen often enough, and never again where it was refuted", () => {
    const type = new TypeState(ruleOf("company"), freshdesk.entities["company"]!, "fd")
    expect(type.seenOrder.upTo).toBe("page")
    const companies = Array.from({ length: 21 }, (_, n) => ({ id: n + 1, updated_at: stamp }))
    type.seenOrder.take(companies)
    expect(type.seenOrder.upTo).toBe(Number.POSITIVE_INFINITY)
    type.seenOrder.take([companies[1]!, companies[0]!])
    type.seenOrder.take(companies)
    expect(type.seenOrder.upTo).toBe(1)
  })
  it("is not refuted by entities of one second", () => {
    const type = new TypeState(ruleOf("ticket"), freshdesk.entities["ticket"]!, "fd")
    type.seenOrder.take([ticket(1), ticket(3), ticket(2)])
    expect(type.seenOrder.upTo).toBe(Number.POSITIVE_INFINITY)
    type.seenOrder.take([ticket(1), ticket(2, { created_at: "2026-11-27T10:00:01Z" })])
    expect(type.seenOrder.upTo).toBe(1)
  })
})
