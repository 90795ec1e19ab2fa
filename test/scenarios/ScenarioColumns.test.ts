/** An account's routes in the model's columns: how each delivers, and which of them push a change. */
import { describe, expect, it } from "vitest"
import { freshdesk, plannedFor, type Route } from "../../src/providers/index.js"
import { covered, notCarried, pushedBy, pushes } from "../../src/replay/index.js"
import type { Timeline, TimelineChange } from "../../src/scenarios/RecordedTimeline.js"
import { routeSpecsOf, tablesOf, typesOf } from "../../src/scenarios/ScenarioColumns.js"

const start = Date.parse("2026-03-02T10:00:00Z")
const entities = ["ticket", "conversation"]

const flagsBy = (...routes: ReadonlyArray<Route>) => {
  const ticket = { entity: "ticket", id: "1", parent: null, action: "update", byReply: false } as const
  const changes: ReadonlyArray<TimelineChange> = [
    { ...ticket, at: start, updatedAt: start, fields: ["status"] },
    { ...ticket, at: start + 60_000, updatedAt: start + 60_000, fields: ["custom_fields.cf_order"] },
    // A reply, and the stamp that it moves.
    {
      entity: "conversation",
      id: "7",
      parent: "1",
      action: "create",
      at: start + 120_000,
      updatedAt: start + 120_000,
      fields: [],
      byReply: false
    },
    { ...ticket, at: start + 120_000, updatedAt: start + 120_000, fields: [], byReply: true }
  ]
  const need = { planned: plannedFor(freshdesk, routes, entities), entities }
  const timeline: Timeline = { entities: [], changes }
  const { flags } = tablesOf(timeline, typesOf(freshdesk, need), freshdesk, need).changes
  // The custom field is in no push of the app.
  return Array.from(flags, (marks) => marks & ~notCarried)
}

describe("routes side by side in the model", () => {
  const [told, app, rule] = [pushes | covered, pushedBy(0), pushedBy(1)]
  it("push a ticket that a reply moved by the rule, and the reply by the app", () => {
    expect(flagsBy("app", "rule")).toEqual([told | app | rule, told | rule, told | app, told | rule])
  })
  it("are not marked where there is one alone", () => {
    expect(flagsBy("app")).toEqual([told, 0, told, covered])
    expect(flagsBy("rule")).toEqual([told, told, 0, told])
  })
  it("have each an allowance of its own, the account's limit among them", () => {
    expect(routeSpecsOf(freshdesk, ["rule", "app"])).toMatchObject([
      { allowance: { requests: 50, period: "minute" }, thin: false, tellsMoment: true },
      { allowance: "limit", thin: true, tellsMoment: false }
    ])
  })
})
