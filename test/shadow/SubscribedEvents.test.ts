/** Which events a comparison expects. */
import { describe, expect, it } from "vitest"
import { plannedIn, providerOf } from "../../src/providers/index.js"
import { subscribedOf, subscriptionTo } from "../../src/shadow/SubscribedEvents.js"
import type { LiveEvidence } from "../../src/store/index.js"

const freshdesk = providerOf("freshdesk")!
const account = { source: "fd", provider: freshdesk, routes: ["app"] } as const
const evidence = (applied: ReadonlyArray<string>): LiveEvidence =>
  ({
    subscribed: new Map(applied.length === 0 ? [] : [["fd", new Map([["app", applied]])]]),
    watches: new Map()
  }) as unknown as LiveEvidence
const planned = plannedIn(freshdesk, {
  routes: [
    { route: "app", events: [{ event: "ticket_update", watches: [] }] },
    { route: "rule", events: [{ event: "ticket_update", watches: ["tags"] }] }
  ]
})

describe("the events that a comparison expects", () => {
  it("are those of the plan that is given, by its routes and with the fields that they watch", () => {
    const expected = subscribedOf({ ...account, planned }, evidence(["contact_update"]))
    expect(expected.routes).toEqual(["app", "rule"])
    expect([...expected.events]).toEqual(["ticket_update"])
    expect(expected.watches.get("ticket_update")).toEqual(["tags"])
    expect(subscriptionTo(expected, "ticket")).toBe("subscribed")
    expect(subscriptionTo(expected, "contact")).toBe("none")
  })
  it("are those that were applied without one, and all of the routes without either", () => {
    expect(subscriptionTo(subscribedOf(account, evidence(["contact_update"])), "ticket")).toBe("none")
    expect(subscriptionTo(subscribedOf(account, evidence([])), "ticket")).toBe("unknown")
  })
})
