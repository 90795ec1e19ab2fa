import { join } from "node:path"
import { FetchHttpClient } from "@effect/platform"
import { describe, expect, it } from "@effect/vitest"
import { Effect, Layer, Redacted, TestClock } from "effect"
import { makeFreshdeskClient } from "../../src/providers/clients.js"
import { freshdesk, planOf } from "../../src/providers/index.js"
import { openInbox } from "../../src/receiver/index.js"
import { openDatabase, PresenceRow } from "../../src/store/index.js"
import { Store } from "../../src/store/service.js"
import {
  applyPlan,
  describeRequests,
  planSubscriptions,
  removeSubscriptions,
  subscriptionStatus,
  withEarlierWatches
} from "../../src/subscriptions/index.js"
import { temporaryFolder } from "../support/files.js"
import { basic, simulatedProvider } from "../support/provider.js"

const events = ["ticket_create", "ticket_update", "ticket_delete", "contact_update"]
const planBy = (route: "app" | "rule") =>
  planSubscriptions({
    source: "fd",
    account: "acme.freshdesk.com",
    planned: planOf(freshdesk, [route], events),
    publicUrl: "https://hooks.example/",
    alsoWatch: ["custom_fields.cf_region"],
    serviceAccount: null
  })
const tokenHeader = "x-hookshift-token"
const secret = "canary-secret"

const setUp = Effect.gen(function* () {
  const simulator = yield* Effect.promise(() => simulatedProvider())
  const client = yield* makeFreshdeskClient({
    baseUrl: simulator.url,
    authentication: { scheme: "basic", secret: Redacted.make("k") }
  })
  const target = { client, tokenHeader, secret, installUrl: `${simulator.url}/_sim/apps` }
  const rules = (type: number) =>
    Effect.promise(
      async () =>
        (await (
          await fetch(`${simulator.url}/api/v2/automations/${type}/rules`, { headers: basic("k") })
        ).json()) as Array<Record<string, unknown> & { id: number }>
    )
  const edit = (id: number, change: object) =>
    Effect.promise(() =>
      fetch(`${simulator.url}/api/v2/automations/4/rules/${id}`, {
        method: "PUT",
        headers: { ...basic("k"), "content-type": "application/json" },
        body: JSON.stringify(change)
      })
    )
  return { simulator, client, target, rules, edit }
})

const provide = <A, E>(
  effect: Effect.Effect<A, E, Store | import("@effect/platform/HttpClient").HttpClient>,
  db = join(temporaryFolder(), "s.db")
) => effect.pipe(Effect.provide(Layer.merge(Store.layer(db), FetchHttpClient.layer)))

describe("planning", () => {
  it("takes every event that the app route has", () => {
    expect(planBy("app").map((one) => [one.event, one.watches[0], one.target])).toEqual([
      ["ticket_create", "onTicketCreate", "https://hooks.example/hooks/fd"],
      ["ticket_update", "onTicketUpdate", "https://hooks.example/hooks/fd"],
      ["ticket_delete", "onTicketDelete", "https://hooks.example/hooks/fd"],
      ["contact_update", "onContactUpdate", "https://hooks.example/hooks/fd"]
    ])
  })
  it("has rules for tickets only, without deletes, watching the custom fields that polling saw change", () => {
    const plan = planBy("rule")
    expect(plan.map((one) => one.event)).toEqual(["ticket_create", "ticket_update"])
    expect(plan[1]!.watches).toEqual(expect.arrayContaining(["cf_region", "status", "tags"]))
  })
  it("keeps the fields that a rule watches where named events tell nothing of them", () => {
    const [, before] = planBy("rule")
    const row = {
      ...before!,
      remoteId: "1",
      state: "active" as const,
      fields: JSON.stringify({ target: before!.target, watches: before!.watches, leavesOut: null }),
      appliedAt: 0,
      verifiedAt: null
    }
    const named = planBy("rule").map((one) => ({ ...one, watches: one.watches.filter((name) => name !== "cf_region") }))
    expect(withEarlierWatches(named, [row])).toEqual(planBy("rule"))
  })
  it("prints what would be sent, secrets left out", () => {
    const shown = JSON.stringify(describeRequests([...planBy("rule"), ...planBy("app")], tokenHeader, null))
    expect(shown).toContain("(the webhook secret)")
    expect(shown).toContain("/api/v2/automations/4/rules")
    expect(shown).not.toContain(secret)
  })
})

describe("rules", () => {
  it.effect("are made once however often they are applied, show their drift, are put right and removed", () =>
    provide(
      Effect.gen(function* () {
        const { client, edit, rules, target } = yield* setUp
        const actions = (outcomes: ReadonlyArray<{ action: string }>) => outcomes.map((outcome) => outcome.action)
        expect(actions(yield* applyPlan(planBy("rule"), target))).toEqual(["created", "created"])
        expect(actions(yield* applyPlan(planBy("rule"), target))).toEqual(["unchanged", "unchanged"])
        const [rule] = yield* rules(4)
        expect(yield* rules(1)).toHaveLength(1)

        const states = Effect.map(subscriptionStatus("fd", client, tokenHeader), (lines) =>
          lines.map((line) => line.state)
        )
        expect(yield* states).toEqual(["active", "active"])
        yield* edit(rule!.id, { active: false })
        expect(yield* states).toEqual(["active", "inactive"])
        yield* edit(rule!.id, { active: true, events: [{ field_name: "status" }] })
        expect(yield* states).toEqual(["active", "changed"])
        expect(actions(yield* applyPlan(planBy("rule"), target))).toEqual(["unchanged", "updated"])
        expect(yield* states).toEqual(["active", "active"])
        yield* client.rules.remove("ticket_update", rule!.id)
        expect(yield* states).toEqual(["active", "missing"])
        expect(actions(yield* applyPlan(planBy("rule"), target))).toEqual(["unchanged", "created"])

        const all = { source: "fd", provider: freshdesk, events: null, client, install: null }
        expect((yield* removeSubscriptions(all)).map((line) => line.state)).toEqual(["removed", "removed"])
        expect([...(yield* rules(1)), ...(yield* rules(4))]).toEqual([])
        expect(yield* states).toEqual([])
      })
    )
  )
})

/** When the last outage ended, as the receiver of this database reads it. */
const backAtOf = (db: string) =>
  Effect.sync(() => {
    const database = openDatabase(db)
    PresenceRow.putPresence(database).run({ seenAt: 1, backAt: null })
    const found = PresenceRow.findPresence(database).get()!.backAt
    database.close()
    return found
  })

describe("a subscription that did not deliver", () => {
  it.effect("ends an outage when it is known to deliver again, and one that is applied does not", () => {
    const db = join(temporaryFolder(), "a.db")
    const backAt = backAtOf(db)
    return provide(
      Effect.gen(function* () {
        const { client, edit, rules, target } = yield* setUp
        const status = subscriptionStatus("fd", client, tokenHeader)
        expect(yield* backAt).toBe(null)
        yield* applyPlan(planBy("rule"), target)
        const applied = yield* backAt
        yield* TestClock.adjust("1 hour")
        yield* applyPlan(planBy("rule"), target)
        yield* status
        expect(yield* backAt).toBe(applied)
        const [rule] = yield* rules(4)
        yield* edit(rule!.id, { active: false })
        yield* status
        expect(yield* backAt).toBe(applied)
        yield* edit(rule!.id, { active: true })
        yield* status
        const found = yield* backAt
        expect(found).toBeGreaterThan(0)
        yield* client.rules.remove("ticket_update", rule!.id)
        yield* TestClock.adjust("1 hour")
        yield* applyPlan(planBy("rule"), target)
        expect(yield* backAt).toBeGreaterThan(found ?? 0)
      }),
      db
    )
  })
  it.effect("ends it by apply alone, without a status before, and not where only the secret is sent again", () => {
    const db = join(temporaryFolder(), "b.db")
    const backAt = backAtOf(db)
    return provide(
      Effect.gen(function* () {
        const { edit, rules, target } = yield* setUp
        yield* applyPlan(planBy("rule"), target)
        const [rule] = yield* rules(4)
        let before = yield* backAt
        yield* TestClock.adjust("1 hour")
        yield* applyPlan(planBy("rule"), { ...target, refresh: true })
        expect(yield* backAt).toBe(before)
        for (const change of [{ active: false }, { events: [{ field_name: "status" }] }]) {
          yield* edit(rule!.id, change)
          yield* TestClock.adjust("1 hour")
          expect((yield* applyPlan(planBy("rule"), target))[1]).toMatchObject({ action: "updated", state: "active" })
          const after = yield* backAt
          expect(after).toBeGreaterThan(before ?? 0)
          before = after
        }
      }),
      db
    )
  })
  it.effect("stays outdated while it is sent again with a field that is gone", () => {
    const db = join(temporaryFolder(), "c.db")
    const backAt = backAtOf(db)
    return provide(
      Effect.gen(function* () {
        const { client, simulator, target } = yield* setUp
        yield* applyPlan(planBy("rule"), target)
        const before = yield* backAt
        yield* Effect.promise(() =>
          fetch(`${simulator.url}/_sim/removed-fields`, { method: "POST", body: '["cf_region"]' })
        )
        for (const _ of [1, 2]) {
          yield* TestClock.adjust("1 hour")
          expect((yield* applyPlan(planBy("rule"), target))[1]).toMatchObject({
            action: "updated",
            state: "outdated",
            note: expect.stringContaining("no longer fires")
          })
          yield* subscriptionStatus("fd", client, tokenHeader)
          expect(yield* backAt).toBe(before)
        }
      }),
      db
    )
  })
  it.effect("ends it by apply where the installed app lacked an event", () => {
    const db = join(temporaryFolder(), "d.db")
    const backAt = backAtOf(db)
    return provide(
      Effect.gen(function* () {
        const { target } = yield* setUp
        yield* applyPlan(planBy("app"), target)
        yield* Effect.sync(() => {
          const inbox = openInbox(db)
          inbox.markVerified("fd", "ticket_update", null, 1)
          inbox.close()
        })
        const before = yield* backAt
        yield* TestClock.adjust("1 hour")
        yield* applyPlan(planBy("app"), target)
        expect(yield* backAt).toBe(before)
        const less = { product: "freshdesk", url: "https://hooks.example/hooks/fd", secret, events: ["ticket_create"] }
        yield* Effect.promise(() => fetch(target.installUrl, { method: "POST", body: JSON.stringify(less) }))
        yield* applyPlan(planBy("app"), target)
        expect(yield* backAt).toBeGreaterThan(before ?? 0)
      }),
      db
    )
  })
})

describe("a rule that differs", () => {
  it.effect("is told by its performer, its content and what it names, and put right by the next apply", () =>
    provide(
      Effect.gen(function* () {
        const { client, edit, rules, simulator, target } = yield* setUp
        yield* applyPlan(planBy("rule"), target)
        const [rule] = yield* rules(4)
        const state = Effect.map(subscriptionStatus("fd", client, tokenHeader), (lines) => lines[1]!)
        const [action] = rule!["actions"] as ReadonlyArray<Record<string, unknown>>
        for (const change of [
          { performer: { type: 1 } },
          { actions: [{ ...action, content: { id: "{{ticket.id}}" } }] },
          { events: (rule!["events"] as ReadonlyArray<{ value?: string }>).filter(({ value }) => value !== "public") }
        ]) {
          yield* edit(rule!.id, change)
          expect((yield* state).state).toBe("changed")
          const [, second] = yield* applyPlan(planBy("rule"), target)
          expect(second!.action).toBe("updated")
          expect((yield* state).state).toBe("active")
        }
        yield* Effect.promise(() =>
          fetch(`${simulator.url}/_sim/removed-fields`, { method: "POST", body: '["cf_region"]' })
        )
        expect(yield* state).toMatchObject({
          state: "outdated",
          note: expect.stringMatching(/names a field that the account no longer has, and no longer fires.*cf_region/)
        })
        // A newer recording no longer shows the field.
        const plan = planBy("rule").map((one) => ({
          ...one,
          watches: one.watches.filter((name) => name !== "cf_region")
        }))
        expect((yield* applyPlan(plan, target))[1]!.action).toBe("updated")
        expect((yield* state).state).toBe("active")
      })
    )
  )
})

describe("the app route", () => {
  it.effect("waits for the first verified delivery", () => {
    const db = join(temporaryFolder(), "app.db")
    return provide(
      Effect.gen(function* () {
        const { simulator, target } = yield* setUp
        const waiting = yield* applyPlan(planBy("app"), { ...target, installUrl: null })
        expect(waiting.map((outcome) => [outcome.action, outcome.state])).toEqual(
          events.map(() => ["waiting", "waiting"])
        )
        expect(simulator.deliveries.installed()).toEqual([])
        yield* applyPlan(planBy("app"), target)
        expect(simulator.deliveries.installed()).toEqual([
          { product: "freshdesk", url: "https://hooks.example/hooks/fd", secret, events }
        ])
        yield* Effect.sync(() => {
          const inbox = openInbox(db)
          inbox.markVerified("fd", "ticket_update", null, 1)
          inbox.close()
        })
        const lines = yield* subscriptionStatus("fd", null, tokenHeader)
        expect(lines.map((line) => [line.event, line.state])).toEqual([
          ["contact_update", "waiting"],
          ["ticket_create", "waiting"],
          ["ticket_delete", "waiting"],
          ["ticket_update", "active"]
        ])
        // Nothing was compared, and the line says so; installed events can be compared.
        expect(lines[3]!.note).toBe("as last applied, not verified: no API shows a published app")
        const [, , , read] = yield* subscriptionStatus("fd", null, tokenHeader, target.installUrl)
        expect(read).toMatchObject({ state: "active", note: null })
        const elsewhere = yield* subscriptionStatus("fd", null, tokenHeader, `${simulator.url}/_sim/none`)
        expect(elsewhere[3]!.note).toBe("as last applied, not verified: webhook.installUrl does not list its apps")
      }),
      db
    )
  })
})

describe("a rule of an integration that writes", () => {
  it("leaves out what its service account does, so that no write comes back", async () => {
    const simulator = await simulatedProvider()
    const answer = await fetch(`${simulator.url}/api/v2/agents/me`, { headers: basic("k") })
    const serviceAccount = String(((await answer.json()) as { id: number }).id)
    const plan = planSubscriptions({
      source: "fd",
      account: "acme.freshdesk.com",
      planned: planOf(freshdesk, ["rule"], ["ticket_update"]),
      publicUrl: "http://127.0.0.1:1",
      alsoWatch: [],
      serviceAccount
    })
    expect(plan[0]!.leavesOut).toBe(serviceAccount)
    await Effect.runPromise(
      Effect.gen(function* () {
        const client = yield* makeFreshdeskClient({
          baseUrl: simulator.url,
          authentication: { scheme: "basic", secret: Redacted.make("k") }
        })
        yield* applyPlan(plan, { client, tokenHeader, secret, installUrl: null })
        simulator.world.change("ticket", "update", 1, { status: 4 })
        // By the service account's own key.
        yield* client.update("ticket", 2, { status: 4 })
      }).pipe(Effect.provide(Store.layer(join(temporaryFolder(), "e.db"))), Effect.provide(FetchHttpClient.layer))
    )
    expect(simulator.deliveries.outcomes.map(({ id }) => id)).toEqual([1])
  })
})
