/** The plan of an account that is small enough for paper: each interval and each figure is derived in the comments. */
import { describe, expect, it } from "vitest"
import { type AnalysisSettings, analyse, migrationPlanOf } from "../../../src/analysis/index.js"
import { movesOf } from "../../../src/domain/MigrationPlan.js"
import { makeRecording, start } from "../../support/recording.js"

const account = "acme.freshdesk.com"
const day = { from: start, to: start + 86_400_000 }
const settings: AnalysisSettings = {
  window: day,
  reconcileSeconds: 14_400,
  healWithinSeconds: 14_400,
  routes: {},
  plans: {}
}

/**
 * One poller lists tickets every 5 minutes for a day: 288 calls. Once an hour, 100 s after a sweep, a ticket changes: it
 * is seen 200.2 s later, which counts as 199.7 s, since stamps are whole seconds. Of these 24 changes each sixth is of a
 * custom field, which no event of the app tells of: 4 of 24.
 */
const polledTickets = () => {
  const recording = makeRecording()
  const tickets = recording.stream({ template: "/api/v2/tickets", query: "updated_since=*" })
  for (let sweep = 0; sweep < 288; sweep++) {
    const call = recording.call(tickets, sweep * 300)
    if (sweep === 0)
      for (let ticket = 0; ticket < 24; ticket++) recording.version(tickets, call, String(ticket), -500, null)
    if (sweep % 12 !== 1) continue
    const hour = (sweep - 1) / 12
    const field = hour % 6 === 5 ? "custom_fields.cf_region" : "status"
    recording.version(tickets, call, String(hour), (sweep - 1) * 300 + 100, [field])
  }
  return recording.done()
}

const byApp = { ...settings, routes: { [account]: ["app"] } } as const

describe("a plan small enough for paper", () => {
  it("leaves a poller whose freshness would cost more by webhooks than by polling", () => {
    const { callsAfter, plans, pollers } = analyse(polledTickets(), byApp)
    const [poller] = pollers
    expect(poller!.freshnessSeconds).toEqual({ p50: 199.7, p95: 199.7, max: 199.7 })
    expect(poller!.coverage).toMatchObject({ changes: 24, pushed: 20 })
    // q = 4/24, so T <= 199.7 / (1 - 0.05 · 6) = 285.3 s: 270 s is the longest interval that a plan chooses below it.
    // 320 sweeps a day: the first lists all in one call, each other asks for changes, spam and deletions: 958 calls.
    expect(poller!.verdict).toBe("keep")
    expect(poller!.reasons[0]).toContain("958 calls")
    expect(callsAfter).toBe(288)
    // Without any freshness to keep: 6 sweeps, 1 + 5 · 3 calls.
    expect(plans[0]).toMatchObject({ tuningOnly: 288, atTodaysFreshness: 288, atMost: 16 })
  })
  it("adds the route that brings the rest, for the fields that the first does not push", () => {
    const analysis = analyse(polledTickets(), settings)
    const [poller] = analysis.pollers
    // All 24 are pushed: nothing waits, so that the healing bound alone sets the interval: 16 calls of reconciliation.
    // Each of the rule's 4 deliveries has its ticket fetched, and looking after the rule costs 2 calls: 22 in all.
    expect(poller).toMatchObject({ verdict: "migrate", callsAfter: 22 })
    expect(analysis.callsAfterBreakdown).toMatchObject({ reconciliation: 16, hydration: 4, upkeep: 2, kept: 0 })
    expect(analysis.plans[0]).toMatchObject({
      routes: ["app", "rule"],
      bought: [{ route: "rule", calls: 288 - 22 }],
      schedule: [{ entity: "ticket", everySeconds: 14_400, isSet: false }]
    })
    expect(migrationPlanOf(analysis, 14_400).accounts).toMatchObject([
      {
        account,
        routes: [
          {
            route: "app",
            events: [{ event: "ticket_create" }, { event: "ticket_update" }, { event: "ticket_delete" }]
          },
          { route: "rule", events: [{ event: "ticket_update", watches: ["cf_region", "tags"] }] }
        ],
        reconcile: { ticket: 14_400 },
        pollers: [{ becomes: "replaced" }]
      }
    ])
  })
  it("keeps a goal that is set in place of today's freshness", () => {
    const goals = { freshnessGoals: { ticket: { seconds: 600, at: "p50" } } } as const
    const { callsAfter, plans, pollers } = analyse(polledTickets(), { ...byApp, ...goals })
    // q <= 1 - 0.5: the healing bound alone sets the interval, 16 calls. Polling each
    // 10 min makes 144; at 12 and more the recorded changes would come 620 s after their stamp, and later.
    expect(plans[0]!.schedule).toEqual([{ entity: "ticket", everySeconds: 14_400, isSet: false }])
    expect([pollers[0]!.verdict, callsAfter]).toEqual(["hybrid", 16])
    expect(plans[0]).toMatchObject({ tuningOnly: 144, atTodaysFreshness: 288 })
  })
  it("asks less often where that keeps a goal which is set for fewer calls than webhooks", () => {
    const goals = { freshnessGoals: { ticket: { seconds: 3_600, at: "p95" } } } as const
    const { callsAfter, plans, pollers } = analyse(polledTickets(), { ...byApp, ...goals })
    // By webhooks T <= 3600 / 0.7 = 5142.9 s: 3600 s, 24 sweeps, 1 + 23 · 3 calls. Polling each (3600 - 0.2) / 0.95 =
    // 3789 s keeps it as well: an hour, 24 calls.
    expect([pollers[0]!.verdict, callsAfter]).toEqual(["tune", 24])
    expect(pollers[0]!.reasons.join(" ")).toContain("every 60 min would make 24 calls instead of 288")
    expect(plans[0]).toMatchObject({ schedule: [], tuningOnly: 24, atTodaysFreshness: 288 })
  })
  it("tells the calls at today's freshness also of pollers that no event can replace", () => {
    // Groups each 60 s for 30 hours; no event tells of them.
    const recording = makeRecording()
    const groups = recording.stream({ template: "/api/v2/groups" })
    for (let n = 0; n < 1_800; n++) {
      const call = recording.call(groups, n * 60, { items: 1, newVersions: n % 100 === 10 ? 1 : 0 })
      if (n % 100 === 10) recording.version(groups, call, "1", n * 60 - 30, ["name"], false, "group")
    }
    const window = { from: start, to: start + 108_000_000 }
    const group = { seconds: 1_800, at: "p95" } as const
    const { callsAfter, plans } = analyse(recording.done(), { ...settings, window, freshnessGoals: { group } })
    // 30 min is the usual interval within (1800 - c) / 0.95: 60 sweeps.
    expect(callsAfter).toBe(60)
    expect(plans[0]).toMatchObject({ tuningOnly: 60, atTodaysFreshness: 1_800, atMost: 60 })
    // No goal keeps the freshness: as `--slo none` has it.
    const groupsOnly = { ...settings, window }
    const dropped = analyse(recording.done(), { ...groupsOnly, dropsFreshness: true })
    expect(dropped.callsAfter).toBeLessThanOrEqual(900)
    expect(analyse(recording.done(), groupsOnly).plans[0]).toMatchObject({
      atTodaysFreshness: 1_800,
      atMost: dropped.callsAfter
    })
  })
  it("sweeps more often in the hours in which changes come", () => {
    // Twelve contacts change in each hour from 8 to 16: 96 of a day, 16 of them in the custom field. q = 1/6 again.
    const recording = makeRecording()
    const contacts = recording.stream({ template: "/api/v2/contacts", query: "_updated_since=*" })
    for (let sweep = 0; sweep < 288; sweep++) {
      const call = recording.call(contacts, sweep * 300)
      if (sweep === 0)
        for (let contact = 0; contact < 96; contact++)
          recording.version(contacts, call, String(contact), -500, null, false, "contact")
      const contact = sweep - 1 - 8 * 12
      if (contact < 0 || contact >= 96) continue
      const field = contact % 6 === 5 ? "custom_fields.cf_tier" : "email"
      recording.version(contacts, call, String(contact), (sweep - 1) * 300 + 100, [field], false, "contact")
    }
    const withGoal = { ...byApp, freshnessGoals: { contact: { seconds: 600, at: "p95" } } } as const
    const analysis = analyse(recording.done(), withGoal)
    // One interval: 600 / 0.7 = 857 s, 840 of the steps. 103 sweeps.
    // By the hour: (96 + 8) of (96 + 24) changes come from 8 to 16, W = 0.8667, less √(W (1 − W) / 120) = 0.0310: 0.8356.
    // Late may be 0.3 of those that wait. At 690 s in the busy hours and 4 h else these are
    //   0.8356 · (1 − 600/690) + 0.1644 · (1 − 600/14,400) = 0.2665,
    // more of the last busy hour and less of the hour before the first, in which 600 s are half of the other kind:
    //   (0.8356/8 − 0.1644/16) · (600 · 300 / 3,600) · (1/690 − 1/14,400) = 0.0065: 0.2730 in all. At 720 s it is 0.3030.
    expect(analysis.plans[0]!.schedule).toEqual([
      { entity: "contact", everySeconds: 14_400, busy: { everySeconds: 690, hours: "8-16" }, isSet: true }
    ])
    // Sweeps at 0:00 and 4:00, from 8:00 on 42 by 15:51:30; 510/690 of the next are there by 16, the rest takes 3,757 s:
    // 17:02:37, 21:02:37. 46 in all.
    expect([analysis.pollers[0]!.verdict, analysis.callsAfter]).toEqual(["hybrid", 46])
    expect(analysis.pollers[0]!.forecastFreshnessSeconds!.p95).toBeLessThanOrEqual(600)
    expect(migrationPlanOf(analysis, 14_400).accounts[0]!.reconcile).toEqual({
      contact: { every: 14_400, busy: 690, hours: "8-16" }
    })
    // As a file, it is the same plan.
    const given = JSON.parse(JSON.stringify(migrationPlanOf(analysis, 14_400))).accounts[0]
    expect(analyse(recording.done(), { ...withGoal, migrations: { [account]: given } }).callsAfter).toBe(46)
  })
  it("carries out a plan that is given as it is", () => {
    const given = migrationPlanOf(analyse(polledTickets(), settings), 14_400).accounts[0]!
    const by = (more: Partial<typeof given>) =>
      analyse(polledTickets(), { ...settings, migrations: { [account]: { ...given, ...more } } })
    expect(by({}).callsAfter).toBe(22)
    // An edited interval: 12 sweeps, 1 + 11 · 3, and the rule's 6.
    expect(by({ reconcile: { ticket: 7_200 } }).callsAfter).toBe(34 + 6)
    const kept = by({ pollers: given.pollers.map((poller) => ({ ...poller, becomes: "kept" as const })) })
    expect([kept.callsAfter, kept.pollers[0]!.reasons[0]]).toEqual([
      288,
      "the migration plan that was given does not replace it"
    ])
  })
  it("has a file also where pollers are only tuned, which carries out the same", () => {
    // Within the hour at p95 few calls bring what webhooks would: 24 changes ask for no more than some sweeps.
    const slo = { freshnessGoals: { ticket: { seconds: 3_600, at: "p95" } } } as const
    const wanted = { ...byApp, ...slo, healWithinSeconds: 900, reconcileSeconds: 900 }
    const made = analyse(polledTickets(), wanted)
    expect(made.pollers[0]!.verdict).toBe("tune")
    expect(made.callsAfter).toBeLessThan(288)
    const file = migrationPlanOf(made, 900, { slo: "ticket=1h@p95" })
    expect(file).toMatchObject({
      slo: "ticket=1h@p95",
      accounts: [{ account, routes: [], reconcile: {}, pollers: [{ becomes: "tuned" }] }]
    })
    expect(movesOf(file, account)).toBeUndefined()
    const [given] = JSON.parse(JSON.stringify(file)).accounts
    const by = (pollers: typeof given.pollers) =>
      analyse(polledTickets(), { ...wanted, migrations: { [account]: { ...given, pollers } } })
    const carriedOut = by(given.pollers)
    expect([carriedOut.callsAfter, carriedOut.pollers[0]!.verdict]).toEqual([made.callsAfter, "tune"])
    // As the docs say, a poller that is set to kept is counted as it is.
    const kept = by([{ ...given.pollers[0], becomes: "kept" }])
    expect([kept.callsAfter, kept.pollers[0]!.verdict]).toEqual([288, "keep"])
  })
})
