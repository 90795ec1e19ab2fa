/** Names of the changed fields, from each shape that has them. */
import { describe, expect, it } from "vitest"
import { providerOf } from "../../../src/providers/index.js"
import { parsePayload } from "../../../src/receiver/payloads/PayloadParser.js"

const namesIn = (product: string, body: unknown): ReadonlyArray<string> | undefined => {
  const parsed = parsePayload(Buffer.from(JSON.stringify(body)), {
    provider: providerOf(product),
    header: () => undefined
  })
  if (!parsed.understood) throw new Error(parsed.reason)
  return parsed.event.changed
}

describe("the names of what has changed", () => {
  const posted = (changed: unknown) => ({
    event: "ticket_update",
    entity: "ticket",
    id: 42,
    updated_at: "2026-03-02T10:00:00Z",
    changed,
    snapshot: { id: 42 }
  })

  it("are those that our app posts", () => {
    expect(namesIn("freshdesk", posted(["status", "group_id"]))).toEqual(["status", "group_id"])
    expect(namesIn("freshdesk", posted([]))).toEqual([])
  })
  it.each([[undefined], [null], ["status"], [{ status: 1 }], [["status", 1]]])(
    "are not known of an app's post that has %j there",
    (changed) => {
      expect(namesIn("freshdesk", posted(changed))).toBeUndefined()
    }
  )
  it("are the keys of `changes` in a product event that is passed on as it is", () => {
    const ticket = { id: 42, updated_at: "2026-03-02T10:00:00Z", status: 3, changes: { status: [2, 3], tags: [] } }
    expect(namesIn("freshdesk", { event: "onTicketUpdate", timestamp: 1, data: { ticket } })).toEqual([
      "status",
      "tags"
    ])
  })
  it("are in two groups beside the entity in Freshsales", () => {
    const deal = { id: 7, updated_at: "2026-03-02T10:00:00Z" }
    const changes = { model_changes: { amount: [1, 2] }, system_changes: { open_tasks_count: [0, 1] } }
    expect(namesIn("freshsales", { event: "onDealUpdate", timestamp: 1, data: { deal, changes } })).toEqual([
      "amount",
      "open_tasks_count"
    ])
    expect(namesIn("freshsales", { event: "onDealUpdate", timestamp: 1, data: { deal } })).toBeUndefined()
  })
})
