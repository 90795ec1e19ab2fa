import { describe, expect, it } from "vitest"
import { type Change, freshdesk, leftBy, type Provider, plannedFor, pushOf } from "../../src/providers/index.js"

const left = (provider: Provider, route: "app" | "rule", change: Change) => {
  const push = pushOf(plannedFor(provider, [route], ["ticket", "conversation"]), change)
  return push.kind === "pushed" ? leftBy(provider, push, change) : push.kind
}
const ticket = (changed: ReadonlyArray<string>): Change => ({ entity: "ticket", action: "update", changed })

describe("what is known of an entity behind a push", () => {
  it("is what was known, where the push names what changed and carries it", () => {
    expect(left(freshdesk, "app", ticket(["status", "priority"]))).toBe("same")
    // An app's payload has no custom fields, which are told of all the same.
    expect(left(freshdesk, "app", ticket(["status", "custom_fields.cf_order"]))).toBe("part")
  })
  it("is a part of a new one, and of one that a reply moved", () => {
    expect(left(freshdesk, "app", { entity: "ticket", action: "create", changed: [] })).toBe("part")
    expect(left(freshdesk, "app", ticket([]))).toBe("part")
  })
  it("is all where a thin event has it fetched", () => {
    expect(left(freshdesk, "rule", ticket(["status"]))).toBe("whole")
    expect(left(freshdesk, "rule", { entity: "ticket", action: "create", changed: [] })).toBe("whole")
  })
  it("is nothing of one that is deleted, and not said of what no event tells", () => {
    expect(left(freshdesk, "app", { entity: "ticket", action: "delete", changed: [] })).toBe("gone")
    expect(left(freshdesk, "app", ticket(["tags"]))).toBe("uncovered")
  })
  it("is a part where no app tells what has changed", () => {
    expect(left({ ...freshdesk, appEvents: {} }, "app", ticket(["status"]))).toBe("part")
  })
})
