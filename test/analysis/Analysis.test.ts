import { describe, expect, it } from "vitest"
import { analyse } from "../../src/analysis/index.js"
import { makeRecording, start } from "../support/recording.js"

const settings = { window: { from: start, to: start + 3_600_000 }, reconcileSeconds: 1_800, routes: {}, plans: {} }

describe("a recording small enough for paper", () => {
  // One poller asks for tickets every 5 minutes for an hour: 12 sweeps at 0, 300, … 3300 s, each one call of 0.2 s.
  // Ticket 1 is there at the first sweep. It changes its status at 290 s (seen at 300.2: lag 10.2 s), its tags at
  // 1000 s (seen at 1200.2: 200.2 s) and its priority at 2890 s (seen at 2900… at 3000.2: 110.2 s).
  const recording = makeRecording()
  const tickets = recording.stream({ template: "/api/v2/tickets", query: "updated_since=*" })
  for (let sweep = 0; sweep < 12; sweep++) {
    const call = recording.call(tickets, sweep * 300)
    if (sweep === 0) recording.version(tickets, call, "1", -500, null)
    if (sweep === 1) recording.version(tickets, call, "1", 290, ["status"])
    if (sweep === 4) recording.version(tickets, call, "1", 1_000, ["tags"])
    if (sweep === 10) recording.version(tickets, call, "1", 2_890, ["priority"])
  }
  const analysis = analyse(recording.done(), settings)
  const poller = analysis.pollers[0]!

  it("counts its sweeps, its empty ones and its versions", () => {
    // 12 sweeps; the first fills the cache and is not counted as empty; 3 of the other 11 found something: 8 empty.
    expect(poller).toMatchObject({
      sweeps: 12,
      emptySweeps: 8,
      calls: 12,
      itemVersions: 4,
      intervalSeconds: 300,
      jitterSeconds: 0,
      pagesPerSweep: 1
    })
  })
  it("takes its lags from the changes after the first sweep", () => {
    // Sorted: 10.2, 110.2, 200.2, and half a second off each, since the stamps are whole seconds. Nearest rank: p50 is the
    // second, p95 and max the third.
    expect(poller.freshnessSeconds).toEqual({ p50: 109.7, p95: 199.7, max: 199.7 })
  })
  it("finds what no event covers", () => {
    // status and priority fire ticket_update, tags alone do not: 2 of 3, which is between 0.3 and 0.95: hybrid.
    expect(poller.coverage).toEqual({ changes: 3, pushed: 2, uncoveredFields: { tags: 1 } })
    expect(poller.verdict).toBe("hybrid")
    expect(poller.reasons.join(" ")).toContain("would lose 33.3 % of the changes")
  })
  it("forecasts the calls that remain, part by part", () => {
    // Two reconciliations in the hour: the first reads the list (1 call); the second reads the changes (1), spam (1)
    // and deletions (1): 4 calls. No conversations are wanted: no hydration. 1 - 4/12 = 0.6667.
    expect(analysis.callsAfterBreakdown).toEqual({ reconciliation: 4, hydration: 0, kept: 0, upkeep: 0, retries: 0 })
    expect([analysis.callsAfter, poller.callsAfter, poller.reduction]).toEqual([4, 4, 0.6667])
  })
  it("gives the uncovered third the reconciliation interval, and the rest the pushes' latency", () => {
    expect(poller.forecastFreshnessSeconds!.p50).toBeLessThan(10)
    expect(poller.forecastFreshnessSeconds!.max).toBe(1_800)
  })
})

describe("finding pollers", () => {
  it("joins pages, tries again after a refusal, and detail calls into sweeps", () => {
    const recording = makeRecording()
    const list = recording.stream({ template: "/api/v2/tickets", query: "per_page=100" })
    const details = recording.stream({ template: "/api/v2/tickets/{id}/conversations" })
    for (let sweep = 0; sweep < 6; sweep++) {
      const from = sweep * 600
      recording.call(list, from, { page: 1 })
      recording.call(list, from + 1, { page: 2, status: 429, retryAfterSeconds: 20, items: null, newVersions: null })
      recording.call(list, from + 21, { page: 2 })
      recording.call(details, from + 22, { subject: "7" })
      recording.call(details, from + 23, { subject: "8" })
    }
    const { pollers, unattributed } = analyse(recording.done(), settings)
    expect(pollers).toHaveLength(1)
    expect(pollers[0]).toMatchObject({
      sweeps: 6,
      calls: 30,
      pagesPerSweep: 3,
      detailCalls: 12,
      throttled: 6,
      intervalSeconds: 600
    })
    expect(unattributed.calls).toBe(0)
  })
  it("leaves people's clicks, bursts and writes unattributed, and drops none", () => {
    const recording = makeRecording()
    const clicks = recording.stream({ template: "/api/v2/contacts" })
    for (const seconds of [3, 10, 400, 420, 1_300, 1_301, 3_000]) recording.call(clicks, seconds)
    const writes = recording.stream({ template: "/api/v2/tickets/{id}", method: "PUT" })
    for (let n = 0; n < 10; n++) recording.call(writes, n * 60, { subject: "5" })
    const { callsAfter, pollers, unattributed } = analyse(recording.done(), settings)
    expect(pollers).toEqual([])
    expect(unattributed).toEqual({
      calls: 17,
      endpoints: expect.arrayContaining([{ endpoint: "PUT /api/v2/tickets/{id}", calls: 10 }]),
      kinds: [
        { kind: "write", calls: 10 },
        { kind: "irregular", calls: 7 }
      ]
    })
    expect(callsAfter).toBe(17)
  })
  it("keeps a search, what is not pushed, and what it cannot know, and says why", () => {
    const recording = makeRecording()
    const search = recording.stream({ template: "/api/v2/search/tickets", query: "query=#1" })
    const groups = recording.stream({ template: "/api/v2/groups" })
    const bodiless = recording.stream({ template: "/api/v2/tickets" })
    for (let n = 0; n < 30; n++) {
      const call = recording.call(search, n * 100)
      recording.version(search, call, String(n), n * 100 - 5, null)
      recording.call(groups, n * 100 + 10)
      recording.call(bodiless, n * 100 + 20, { items: null, newVersions: null })
    }
    const byEndpoint = Object.fromEntries(
      analyse(recording.done(), settings).pollers.map((poller) => [poller.endpoint, poller])
    )
    expect(byEndpoint["GET /api/v2/search/tickets"]).toMatchObject({ verdict: "keep", callsAfter: 30, reduction: 0 })
    expect(byEndpoint["GET /api/v2/groups"]).toMatchObject({ verdict: "tune", emptySweeps: 29 })
    expect(byEndpoint["GET /api/v2/groups"]!.reasons[0]).toContain("pushes no event for group")
    expect(byEndpoint["GET /api/v2/tickets"]).toMatchObject({
      verdict: "keep",
      emptySweeps: null,
      itemVersions: null,
      freshnessSeconds: null
    })
  })
  it("migrates what events cover, by the route that covers it", () => {
    const recording = makeRecording()
    const tickets = recording.stream({ template: "/api/v2/tickets", query: "updated_since=*" })
    for (let n = 0; n < 300; n++) {
      const call = recording.call(tickets, n * 10)
      if (n > 0 && n % 10 === 0)
        recording.version(tickets, call, String(n), n * 10 - 5, n % 20 === 0 ? ["status"] : ["custom_fields.cf_region"])
    }
    const app = analyse(recording.done(), settings)
    const rule = analyse(recording.done(), { ...settings, routes: { "acme.freshdesk.com": "rule" } })
    expect(app.pollers[0]).toMatchObject({
      verdict: "hybrid",
      events: ["ticket_create", "ticket_update", "ticket_delete"]
    })
    expect(rule.pollers[0]).toMatchObject({ verdict: "migrate", events: ["ticket_create", "ticket_update"] })
    expect(rule.callsAfterBreakdown.upkeep).toBe(2)
    // A rule tells the id only: each of the 29 changes costs one call more.
    expect([app.callsAfterBreakdown.hydration, rule.callsAfterBreakdown.hydration]).toEqual([0, 29])
    expect(app.needs[0]!.uncoveredFields).toEqual(["custom_fields.cf_region"])
  })
})

describe("what webhooks would do to the account", () => {
  it("finds an integration that hears its own writes, and none where the writes are others'", () => {
    const recordingOf = (writer: string) => {
      const recording = makeRecording()
      const tickets = recording.stream({ template: "/api/v2/tickets", query: "updated_since=*" })
      const writes = recording.stream({ template: "/api/v2/tickets/{id}", method: "PUT", integration: writer })
      for (let n = 0; n < 40; n++) {
        const call = recording.call(tickets, n * 60)
        if (n % 8 !== 4) continue
        recording.call(writes, n * 60 - 30, { subject: String(n) })
        recording.version(tickets, call, String(n), n * 60 - 30, ["status"])
      }
      return analyse(recording.done(), settings).findings.find(({ rule }) => rule === "own-echo")
    }
    expect(recordingOf("sync")).toMatchObject({
      severity: "warning",
      evidence: expect.arrayContaining([expect.any(Number)])
    })
    expect(recordingOf("sync")!.message).toContain("wrote 5 times to what it polls")
    expect(recordingOf("somebody-else")).toBeUndefined()
  })
})
