/**
 * The receiver calls what the forecast counted: a day of polling is recorded and audited, and the same day is played with
 * the real receiver in the pollers' place, sweeping what it would sweep by itself.
 */
import { describe, expect, it } from "vitest"
import { eventsOf, providerOf } from "../../src/providers/index.js"
import { reconciled } from "../../src/subscriptions/index.js"
import { auditOf, needsOf, type Staged } from "../support/staged.js"

const program = new URL("../accuracy/programs/poller.mjs", import.meta.url)
const basic = `Basic ${Buffer.from("key:X").toString("base64")}`
const account = "acme.freshdesk.com"

const day = (hours: number, more: Partial<Staged> = {}): Staged => ({
  accounts: [{ product: "freshdesk", account, plan: "forest", entities: 150, changesPerHour: 20 }],
  programs: [
    {
      name: "tickets",
      account,
      program,
      env: (origin) => ({
        POLLER: JSON.stringify({
          authorization: basic,
          every: 120,
          items: "",
          list: "/api/v2/tickets",
          perPage: "per_page=100",
          mode: "since",
          filter: "updated_since",
          stamp: "seconds",
          detail: "/api/v2/tickets/{id}/conversations",
          origin
        })
      })
    }
  ],
  hours,
  seed: 11,
  reconcileSeconds: 3_600,
  replay: true,
  ...more
})

const compared = async (options: Staged) => {
  const { accounts, callsAfterBreakdown: said, replay, totals } = await auditOf(options)
  const made = replay!.webhook.callsBreakdown
  return {
    said: said.reconciliation + said.hydration,
    made: made.reconciliation + made.hydration,
    reconciliation: [said.reconciliation, made.reconciliation] as const,
    missed: replay!.webhook.missed,
    calls: totals.calls,
    account: accounts[0]!
  }
}

describe("a receiver over a day", () => {
  it("makes the calls that the forecast counted, and no others", { timeout: 600_000 }, async () => {
    const { account: told, calls, made, missed, reconciliation, said } = await compared(day(24))
    expect(missed).toBe(0)
    expect(reconciliation[1]).toBe(reconciliation[0])
    expect(Math.abs(made - said) / calls).toBeLessThan(0.01)
    // The report promises of reconciliation only what that sweeps.
    expect(told.notPushed.join()).not.toMatch(/company|contact|agent/)
    expect(told.notReconciled).toEqual(["contact", "company", "agent", "group", "time_entry", "satisfaction_rating"])
    expect(told.notBrought).toEqual([])
  })
  it("keeps to intervals that are set by entity type, and so does the forecast", { timeout: 600_000 }, async () => {
    const usual = await compared(day(12))
    const own = { ticket: 7_200, conversation: 14_400, company: 21_600 }
    const set = await compared(day(12, { reconcile: { [account]: { every: null, own } } }))
    expect(set.missed).toBe(0)
    expect(set.made).toBeLessThan(usual.made)
    expect(Math.abs(set.made - set.said) / set.calls).toBeLessThan(0.01)
    // Tickets every two hours, each with the lists of spam and of deleted ones; companies every six.
    expect(Math.abs(set.reconciliation[1] - set.reconciliation[0])).toBeLessThanOrEqual(2)
  })
  it("sweeps by the hour of the day where that is set, and so does the forecast", { timeout: 600_000 }, async () => {
    const own = { ticket: { every: 14_400, busy: 600, hours: "3-9" } }
    const { calls, made, missed, reconciliation, said } = await compared(
      day(12, { reconcile: { [account]: { every: 14_400, own } } })
    )
    expect(missed).toBe(0)
    expect(Math.abs(made - said) / calls).toBeLessThan(0.01)
    // From midnight: at 0, then 3/4 of one by 3, and from 3:02:30 on every ten minutes, 36 up to 9; the last of these at
    // 8:52:30, from where 3/4 are there by 9, and the rest takes an hour: 10:00. 38 sweeps, 1 + 37 · 3 calls.
    expect(reconciliation[1]).toBe(reconciliation[0])
    expect(reconciliation[0]).toBe(112)
  })
  it("off leaves a type out of both", { timeout: 600_000 }, async () => {
    const off = { every: null, own: { conversation: "off" as const } }
    const { made, said } = await compared(day(6, { reconcile: { [account]: off } }))
    expect(made).toBe(said)
  })
  it("sweeps by itself what the forecast counted, by the subscriptions as by the verdicts", {
    timeout: 600_000
  }, async () => {
    const [need] = await needsOf(day(6))
    const provider = providerOf(need!.product)!
    expect(need!.entities).toEqual(["conversation", "ticket"])
    const asked = { provider, routes: need!.planned.routes, own: {} }
    const applied = { events: [...need!.planned.events], entities: need!.entities }
    expect(reconciled({ ...asked, applied, verdicts: null }).entities).toEqual(need!.entities)
    const none = { events: [], entities: [] }
    expect(reconciled({ ...asked, applied: none, verdicts: need!.entities }).entities).toEqual(need!.entities)
    // A route without events of replies: they are what only reconciliation brings.
    const byRule = { events: eventsOf(provider, "rule", "ticket"), entities: need!.entities }
    expect(reconciled({ ...asked, routes: ["rule"], applied: byRule, verdicts: null }).entities).toEqual(need!.entities)
  })
})
