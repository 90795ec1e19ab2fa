/** The types that a receiver reconciles, how often, and how settings change that; the forecast counts by the same rule. */

import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { Effect, Exit } from "effect"
import { describe, expect, it } from "vitest"
import { loadConfig, sourcesOf } from "../../src/config/service.js"
import { freshdesk, freshservice, providerOf, sweepSchedule } from "../../src/providers/index.js"
import { reconciled } from "../../src/subscriptions/index.js"
import { temporaryFolder } from "../support/files.js"

const nothing = { applied: { events: [], entities: [] }, verdicts: null, own: {} }

describe("what is reconciled", () => {
  it("is what the applied subscriptions stand for, dependants that no event tells of included", () => {
    const applied = { events: ["ticket_create", "ticket_update"], entities: ["ticket", "conversation"] }
    expect(reconciled({ ...nothing, provider: freshdesk, routes: ["rule"], applied, verdicts: ["company"] })).toEqual({
      entities: ["conversation", "ticket"],
      by: "subscriptions"
    })
    // Applied before it was written down what goes with them.
    const before = { events: ["contact_update"], entities: [] }
    expect(reconciled({ ...nothing, provider: freshdesk, routes: ["app"], applied: before }).entities).toEqual([
      "contact"
    ])
  })
  it("is what the verdicts call for where nothing was applied, else all that the route pushes", () => {
    expect(reconciled({ ...nothing, provider: freshdesk, routes: ["app"], verdicts: ["ticket"] })).toEqual({
      entities: ["ticket"],
      by: "verdicts"
    })
    expect(reconciled({ ...nothing, provider: freshdesk, routes: ["app"] })).toEqual({
      entities: ["company", "contact", "conversation", "ticket"],
      by: "route"
    })
  })
  it("gains and loses types by the source's setting, those that no event tells of too", () => {
    const applied = { events: ["ticket_create"], entities: ["ticket", "conversation"] }
    const own = { problem: 3_600_000, conversation: "off" as const }
    expect(reconciled({ ...nothing, provider: freshservice, routes: ["app"], applied, own }).entities).toEqual([
      "problem",
      "ticket"
    ])
    expect(reconciled({ ...nothing, provider: freshservice, routes: ["app"], own: { release: 60_000 } })).toEqual({
      entities: ["release"],
      by: "setting"
    })
  })
})

describe("the schedule", () => {
  it("reads a list as often as its most urgent type, and its dependants apart", () => {
    expect(sweepSchedule(freshdesk, ["ticket", "conversation", "company"], 3_600)).toEqual([
      { root: "company", every: 3_600, wanted: ["company"], walks: null, slower: {} },
      { root: "ticket", every: 3_600, wanted: ["conversation", "ticket"], walks: null, slower: {} }
    ])
    expect(sweepSchedule(freshdesk, ["ticket", "conversation"], 3_600, { ticket: 900, conversation: 21_600 })).toEqual([
      { root: "ticket", every: 900, wanted: ["conversation", "ticket"], walks: null, slower: { conversation: 21_600 } }
    ])
    const chat = providerOf("freshchat")!
    expect(sweepSchedule(chat, ["conversation", "message", "user"], 3_600)[0]).toMatchObject({ walks: 6, slower: {} })
    expect(sweepSchedule(chat, ["conversation", "user"], 3_600, { conversation: 86_400 })[0]).toMatchObject({
      walks: null,
      slower: { conversation: 86_400 }
    })
  })
})

const sourceWith = (reconcile: unknown) => {
  const file = join(temporaryFolder(), "hookshift.config.json")
  const fd = { product: "freshdesk", baseUrl: "https://acme.freshdesk.com", auth: { secretEnv: "KEY" }, reconcile }
  writeFileSync(file, JSON.stringify({ sources: { fd } }))
  return Effect.runPromiseExit(Effect.flatMap(loadConfig(file), sourcesOf))
}
const problemOf = async (reconcile: unknown): Promise<string> => {
  const exit = await sourceWith(reconcile)
  return Exit.isFailure(exit) && exit.cause._tag === "Fail" ? exit.cause.error.message : "none"
}

describe("a source's reconcile setting", () => {
  it("takes spans and off by entity type, short and long", async () => {
    const exit = await sourceWith({ every: "2h", ticket: "15m", conversation: "6 hours", company: "off" })
    expect(Exit.isSuccess(exit) && exit.value[0]!.reconcileOwn).toEqual({
      ticket: 900_000,
      conversation: 21_600_000,
      company: "off"
    })
  })
  it.each([
    [{ tiket: "1h" }, /reconcile\.tiket is not an entity type of freshdesk that can be swept: did you mean "ticket"\?/],
    [{ evry: "1h" }, /did you mean "every"\?/],
    [
      { problem: "1h" },
      /choose among agent, company, contact, conversation, group, satisfaction_rating, ticket, time_entry/
    ],
    [{ ticket: "often" }, /reconcile\.ticket is not valid: .*a duration/],
    [{ ticket: "100ms" }, /a duration of a second or more/],
    [{ ticket: 60 }, /reconcile\.ticket is not valid/]
  ])("refuses %j, and says what is right", async (reconcile, message) => {
    expect(await problemOf(reconcile)).toMatch(message)
  })
})
