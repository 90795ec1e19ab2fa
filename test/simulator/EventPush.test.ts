/** The fields of an entity that an app's post carries (shapes.json, `events`), and those that only the API shows. */
import { describe, expect, it } from "vitest"
import { appPush } from "../../src/simulator/EventPush.js"
import { inProcess, manualTime } from "../support/inProcess.js"

const { world } = inProcess("freshdesk", {
  seed: 1,
  entities: 100,
  time: manualTime(Date.parse("2026-03-02T10:00:00Z"))
})
const install = { product: "freshdesk", url: "https://receiver.example/", secret: "s", events: [] }

const snapshotOf = (entity: string, fields: Readonly<Record<string, unknown>>): Record<string, unknown> => {
  world.change(entity, "update", world.readable(entity)[0]!["id"] as number, fields)
  const { body } = appPush(install, `${entity}_update`, world.truth.at(-1)!, world.model, "acme.freshdesk.com")
  return (JSON.parse(body) as { snapshot: Record<string, unknown> }).snapshot
}

describe("an app's post", () => {
  it("of a ticket has no custom fields, no deletion and nothing embedded, and cuts long texts", () => {
    const snapshot = snapshotOf("ticket", { description: "x".repeat(10_001), deleted: false, status: 3 })
    for (const name of ["custom_fields", "deleted", "stats", "requester", "company"])
      expect(snapshot).not.toHaveProperty(name)
    expect(snapshot).toMatchObject({
      status: 3,
      description: "x".repeat(10_000),
      is_description_truncated: true,
      is_description_text_truncated: false
    })
  })
  it("of a contact has neither its other companies, rights and picture nor its custom fields", () => {
    const whole = { other_companies: [], view_all_tickets: true, avatar: { id: 1 }, custom_fields: { cf_tier: "gold" } }
    const snapshot = snapshotOf("contact", { ...whole, phone: "+49" })
    expect(snapshot).toMatchObject({ phone: "+49" })
    for (const name of ["other_companies", "view_all_tickets", "avatar", "custom_fields", "deleted"])
      expect(snapshot).not.toHaveProperty(name)
  })
  it("of a reply cuts a long body", () => {
    const snapshot = snapshotOf("conversation", { body: "y".repeat(20_000) })
    expect(snapshot).toMatchObject({ body: "y".repeat(10_000), is_body_truncated: true, is_body_text_truncated: false })
  })
})
