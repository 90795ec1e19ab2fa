/** The parts of a rule whose difference is drift, and those that the provider adds. */
import { describe, expect, it } from "vitest"
import { freshdesk, planOf } from "../../src/providers/index.js"
import { planSubscriptions } from "../../src/subscriptions/index.js"
import { ruleEssence } from "../../src/subscriptions/RuleEssence.js"
import { ruleDraft } from "../../src/subscriptions/SubscriptionPlan.js"

const draftOf = (event: string, serviceAccount: string | null = null) =>
  ruleDraft(
    planSubscriptions({
      source: "fd",
      account: "acme.freshdesk.com",
      planned: planOf(freshdesk, ["rule"], [event]),
      publicUrl: "https://hooks.example",
      alsoWatch: ["custom_fields.cf_region"],
      serviceAccount
    })[0]!,
    "x-hookshift-token",
    "canary-secret"
  )
const wanted = draftOf("ticket_update")
const [action] = wanted.actions
const emptySet = { name: "condition_set_1", match_type: "all", properties: [] }

describe("the rule of a subscription", () => {
  it("watches fields, replies and notes of both kinds, by agents and requesters alike", () => {
    expect(wanted.performer).toEqual({ type: 3 })
    expect(wanted.events).toEqual(
      expect.arrayContaining([
        { field_name: "status", from: "--", to: "--" },
        { field_name: "cf_region", from: "--", to: "--" },
        { field_name: "reply_sent" },
        { field_name: "note_type", value: "public" },
        { field_name: "note_type", value: "private" }
      ])
    )
    expect(action).toEqual({
      field_name: "trigger_webhook",
      request_type: "POST",
      url: "https://hooks.example/hooks/fd",
      content_type: "JSON",
      content_layout: "2",
      content: {
        event: "ticket_update",
        entity: "ticket",
        id: "{{ticket.id}}",
        updated_at: "{{ticket.updated_at}}",
        account: "acme.freshdesk.com"
      },
      custom_headers: { "x-hookshift-token": "canary-secret" }
    })
  })
  it("has no performer and no events on creation", () => {
    expect(Object.keys(draftOf("ticket_create"))).toEqual(["name", "active", "conditions", "actions"])
  })
  it("leaves the service account out by a condition set of the documented shape", () => {
    expect(draftOf("ticket_update", "101").conditions).toEqual([
      {
        name: "condition_set_1",
        match_type: "all",
        properties: [{ resource_type: "ticket", field_name: "performer", operator: "is_not", value: "101" }]
      }
    ])
  })
})

describe("the essence of a rule", () => {
  it.each([
    [
      "keys that the provider adds",
      { ...wanted, id: 7, position: 4, summary: {}, affected_tickets_count: 9, outdated: false }
    ],
    ["one empty condition set", { ...wanted, conditions: [emptySet] }],
    [
      "marks for any value that are left out",
      { ...wanted, events: wanted.events!.map((one) => ({ ...one, from: undefined, to: undefined })) }
    ],
    ["another order of its events", { ...wanted, events: [...wanted.events!].reverse() }],
    ["keys added to its action", { ...wanted, actions: [{ ...action!, need_authentication: false }] }],
    [
      "content answered as its text",
      { ...wanted, actions: [{ ...action!, content: JSON.stringify(action!["content"]) }] }
    ],
    ["a hidden token", { ...wanted, actions: [{ ...action!, custom_headers: { "x-hookshift-token": "***" } }] }]
  ])("is the same with %s", (_, shown) => {
    expect(ruleEssence(shown)).toBe(ruleEssence(wanted))
  })
  it.each([
    ["performer", { ...wanted, performer: { type: 1 } }],
    ["content", { ...wanted, actions: [{ ...action!, content: { ...(action!["content"] as object), id: "7" } }] }],
    ["layout", { ...wanted, actions: [{ ...action!, content_layout: "1" }] }],
    ["event's values", { ...wanted, events: wanted.events!.map((one) => ("from" in one ? { ...one, to: "5" } : one)) }],
    ["note's kind", { ...wanted, events: wanted.events!.filter(({ value }) => value !== "private") }],
    ["condition", { ...wanted, conditions: draftOf("ticket_update", "101").conditions! }],
    ["headers", { ...wanted, actions: [{ ...action!, custom_headers: {} }] }],
    ["being outdated", { ...wanted, outdated: true }]
  ])("shows another %s", (_, shown) => {
    expect(ruleEssence(shown)).not.toBe(ruleEssence(wanted))
  })
})
