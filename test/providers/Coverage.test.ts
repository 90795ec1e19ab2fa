/** Coverage of routes side by side is that of their union, and a change that two of them push is pushed by both. */
import { describe, expect, it } from "vitest"
import {
  coverageOf,
  freshchat,
  freshdesk,
  freshservice,
  inOrder,
  isOwnPush,
  ownPushesOf,
  planByRoute,
  plannedFor,
  planOf,
  pushOf,
  type Route,
  routesText
} from "../../src/providers/index.js"

const update = (...changed: ReadonlyArray<string>) => ({ entity: "ticket", action: "update", changed }) as const
const ticketsBy = (...routes: ReadonlyArray<Route>) => plannedFor(freshdesk, routes, ["ticket"])

describe("routes side by side", () => {
  it("push what either pushes, and say by which", () => {
    const plan = ticketsBy("rule", "app")
    expect(pushOf(plan, update("status"))).toEqual({
      kind: "pushed",
      event: "ticket_update",
      fields: ["status"],
      by: [
        { route: "app", event: "ticket_update" },
        { route: "rule", event: "ticket_update" }
      ]
    })
    expect(pushOf(plan, update("spam"))).toMatchObject({ by: [{ route: "app", event: "ticket_update" }] })
    expect(pushOf(plan, update("tags"))).toMatchObject({ by: [{ route: "rule", event: "ticket_update" }] })
    expect(pushOf(plan, { entity: "ticket", action: "delete", changed: null })).toMatchObject({
      by: [{ route: "app", event: "ticket_delete" }]
    })
    expect(pushOf(plan, update("subject"))).toEqual({ kind: "uncovered", fields: ["subject"] })
  })
  it("name all the fields for which one of them fires", () => {
    const push = pushOf(ticketsBy("app", "rule"), update("subject", "spam", "custom_fields.cf_order"))
    expect(push).toMatchObject({ fields: ["spam", "custom_fields.cf_order"] })
    expect(push.kind === "pushed" ? push.by.map(({ route }) => route) : []).toEqual(["app", "rule"])
  })
  it("leave a moved stamp unknown only where no reply's event explains it", () => {
    expect(pushOf(ticketsBy("app"), update("updated_at"))).toEqual({ kind: "unknown" })
    const push = pushOf(plannedFor(freshdesk, ["app", "rule"], ["ticket", "conversation"]), update("updated_at"))
    expect(push).toEqual({
      kind: "pushed",
      event: "conversation_create",
      fields: [],
      // A rule fires on replies and notes as well, and tells of the ticket.
      by: [
        { route: "app", event: "conversation_create" },
        { route: "rule", event: "ticket_update" }
      ],
      onDependant: true
    })
    expect(ownPushesOf(push, "ticket")).toEqual([{ route: "rule", event: "ticket_update" }])
  })
  it("are not sure to push a ticket whose stamp moved alone, and do not where the rule watches no reply", () => {
    const touched = pushOf(ticketsBy("rule"), update("updated_at"))
    expect(touched).toMatchObject({ kind: "pushed", event: "ticket_update", onDependant: true })
    expect(isOwnPush(touched, "ticket")).toBe(false)
    expect(isOwnPush(pushOf(ticketsBy("rule"), update("status")), "ticket")).toBe(true)
    const watching = (...names: ReadonlyArray<string>) =>
      planOf(freshdesk, ["rule"], ["ticket_update"], new Map([["ticket_update", names]]))
    expect(pushOf(watching("status"), update("updated_at"))).toEqual({ kind: "unknown" })
    expect(pushOf(watching("status", "reply_sent"), update("updated_at"))).toMatchObject({ kind: "pushed" })
  })
  it("judge each by its own events and by the fields that the applied rule watches", () => {
    const plan = planByRoute(
      freshdesk,
      new Map<Route, ReadonlyArray<string>>([
        ["rule", ["ticket_update"]],
        ["app", ["ticket_create"]]
      ]),
      new Map([["ticket_update", ["cf_order"]]])
    )
    expect(plan.routes).toEqual(["app", "rule"])
    expect([...plan.events]).toEqual(["ticket_create", "ticket_update"])
    expect(pushOf(plan, { entity: "ticket", action: "create", changed: null })).toMatchObject({
      by: [{ route: "app", event: "ticket_create" }]
    })
    expect(pushOf(plan, update("status"))).toEqual({ kind: "uncovered", fields: ["status"] })
    expect(pushOf(plan, update("custom_fields.cf_order"))).toMatchObject({ kind: "pushed" })
    // The fields that a rule names narrow the rule, and not the app beside it.
    const both = planOf(freshdesk, ["app", "rule"], ["ticket_update"], new Map([["ticket_update", ["cf_order"]]]))
    expect(pushOf(both, update("status"))).toMatchObject({ by: [{ route: "app", event: "ticket_update" }] })
  })
  it("push no more than a route alone where the other has nothing of the type", () => {
    expect(
      pushOf(plannedFor(freshchat, ["app", "ui"], ["user"]), { entity: "user", action: "create", changed: null })
    ).toMatchObject({ by: [{ route: "app", event: "user_create" }] })
    expect(
      pushOf(plannedFor(freshservice, ["ui"], ["asset"]), { entity: "asset", action: "create", changed: null })
    ).toMatchObject({ kind: "uncovered" })
  })
})

describe("coverage of several routes", () => {
  it("is their union, by event and by field", () => {
    const [app, rule] = [freshdesk.routes.app!["ticket"]!, freshdesk.routes.rule!["ticket"]!]
    expect(coverageOf(freshdesk, ["app"], "ticket")).toBe(app)
    expect(coverageOf(freshdesk, ["rule", "app"], "ticket")).toEqual({
      create: "ticket_create",
      update: "ticket_update",
      delete: "ticket_delete",
      updateFields: new Set([...(app.updateFields as Set<string>), ...(rule.updateFields as Set<string>)]),
      customFields: true,
      onDependants: { conversation: ["reply_sent", "note_type"] }
    })
    expect(coverageOf(freshservice, ["app", "ui"], "ticket")!.updateFields).toBe("all")
    expect(coverageOf(freshservice, ["app"], "problem")).toBeUndefined()
  })
  it("is named in a fixed order", () => {
    expect(inOrder(["ui", "app", "ui"])).toEqual(["app", "ui"])
    expect(routesText(["rule", "app"])).toBe("app + rule")
    expect(routesText(["ui"])).toBe("ui")
  })
})
