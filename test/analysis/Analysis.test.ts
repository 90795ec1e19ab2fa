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
    // Sorted: 10.2, 110.2, 200.2, and half a second off each, since the stamps are whole seconds. Nearest rank: p50 is
    // the second, p95 and max the third.
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
    expect(analysis.callsAfterBreakdown).toEqual({
      reconciliation: 4,
      hydration: 0,
      tuned: 0,
      kept: 0,
      upkeep: 0,
      retries: 0
    })
    expect([analysis.callsAfter, poller.callsAfter, poller.reduction]).toEqual([4, 4, 0.6667])
  })
  it("gives the uncovered third the reconciliation interval, and the rest the pushes' latency", () => {
    expect(poller.forecastFreshnessSeconds!.p50).toBeLessThan(10)
    expect(poller.forecastFreshnessSeconds!.max).toBe(1_800)
  })
})

describe("coverage", () => {
  /** A poller every 5 minutes for an hour; each sweep but the first sees one change with these fields, or none. */
  const polled = (
    template: string,
    product: string,
    changed: (sweep: number) => ReadonlyArray<string> | null | undefined,
    routes: Readonly<Record<string, "app" | "rule" | "ui">> = {}
  ) => {
    const recording = makeRecording()
    const account = `acme.${product}.com`
    const stream = recording.stream({ template, product, account, query: "updated_since=*" })
    const entity = template.includes("contacts") ? "contact" : "ticket"
    for (let sweep = 0; sweep < 12; sweep++) {
      const call = recording.call(stream, sweep * 300)
      const fields = sweep === 0 ? null : changed(sweep)
      if (fields !== undefined) recording.version(stream, call, "1", sweep * 300 - 20, fields, false, entity)
    }
    const accountRoutes = Object.fromEntries(Object.entries(routes).map(([, route]) => [account, [route]]))
    return analyse(recording.done(), { ...settings, routes: accountRoutes })
  }

  it("is a range where only the stamp shows, and that alone is no reason to keep polling", () => {
    const { pollers } = polled("/api/v2/contacts", "freshdesk", () => [])
    const [poller] = pollers
    expect(poller!.coverage).toEqual({ changes: 0, pushed: 0, uncoveredFields: {}, unknown: 11 })
    expect(poller!.coverageByRoute[0]).toMatchObject({ route: "app", share: null, range: { low: 0, high: 1 } })
    expect(poller!.verdict).toBe("hybrid")
    expect(poller!.reasons.join("; ")).toContain("events cover 0 % to 100 % of the 11 changes it saw")
    expect(poller!.reasons.join("; ")).toContain("hookshift shadow will tell")
    // The worse end: all of it waits for the reconciliation.
    expect(poller!.forecastFreshnessSeconds!.p50).toBeGreaterThan(800)
    const alone = poller!.alternatives.find(({ name }) => name === "webhooks alone")!
    expect(alone).toMatchObject({ lost: 11, admissible: false })
  })
  it("is the same range when the stamp itself is named, or nothing is known of any change", () => {
    for (const changed of [["updated_at"], null])
      expect(polled("/api/v2/contacts", "freshdesk", () => changed).pollers[0]!.coverage).toMatchObject({
        changes: 0,
        unknown: 11
      })
  })
  it("is the worse end beside changes that are known", () => {
    const [poller] = polled("/api/v2/contacts", "freshdesk", (sweep) => (sweep > 5 ? ["email"] : [])).pollers
    expect(poller!.coverage).toEqual({ changes: 6, pushed: 6, uncoveredFields: {}, unknown: 5 })
    expect(poller!.coverageByRoute[0]).toMatchObject({ share: 0.5455, range: { low: 0.5455, high: 1 } })
    expect(poller!.verdict).toBe("hybrid")
  })
  it("credits no event that the plan does not subscribe to, by a route that watches all fields either", () => {
    // Notes move a ticket's stamp; no poller reads them, so their event is not planned.
    for (const route of ["app", "ui"] as const) {
      const { needs, pollers } = polled("/api/v2/tickets", "freshservice", (n) => (n % 5 === 0 ? ["status"] : []), {
        all: route
      })
      expect([...needs[0]!.planned.events]).not.toContain("conversation_create")
      expect(pollers[0]!.coverage).toMatchObject({ changes: 2, pushed: 2, unknown: 9 })
      expect(pollers[0]!.coverageByRoute[0]!.range).toEqual({ low: 0.1818, high: 1 })
    }
  })
  it("credits a rule with the fields that it will watch, and has the custom ones watched", () => {
    const fields = [["status"], ["custom_fields.cf_region"], ["subject"]]
    const { needs, pollers } = polled("/api/v2/tickets", "freshdesk", (n) => fields[n - 1], { all: "rule" })
    expect(pollers[0]!.coverage).toEqual({ changes: 3, pushed: 2, uncoveredFields: { subject: 1 } })
    expect(needs[0]).toMatchObject({ uncoveredFields: ["subject"], customFields: ["custom_fields.cf_region"] })
  })
})

describe("a version that a list and a call for the item both show", () => {
  // Every 5 minutes for an hour one ticket has changed, and is read by itself as well.
  const recording = makeRecording()
  const list = recording.stream({ template: "/api/v2/tickets", query: "updated_since=*" })
  const items = recording.stream({ template: "/api/v2/tickets/{id}" })
  for (let sweep = 0; sweep < 12; sweep++) {
    const id = String(sweep + 1)
    const changed = sweep % 2 === 0 ? ["tags"] : ["status"]
    recording.version(list, recording.call(list, sweep * 300), id, sweep * 300 - 100, changed)
    recording.version(items, recording.call(items, sweep * 300 + 1, { subject: id }), id, sweep * 300 - 100, changed)
  }
  const analysis = analyse(recording.done(), settings)
  const [poller] = analysis.pollers

  it("is one change, in coverage and rate", () => {
    expect(poller).toMatchObject({ calls: 24, detailCalls: 12 })
    expect(poller!.coverage).toEqual({ changes: 11, pushed: 6, uncoveredFields: { tags: 5 } })
    expect(poller!.changeRate!.seen).toBe(11)
  })
  it("goes with its calls, and no other call of the program does", () => {
    const more = makeRecording()
    const polled = more.stream({ template: "/api/v2/tickets", query: "updated_since=*" })
    const once = more.stream({ template: "/api/v2/ticket_fields" })
    more.call(once, 0)
    for (let sweep = 0; sweep < 60; sweep++)
      more.version(polled, more.call(polled, 1 + sweep * 60), String(sweep), sweep * 60 - 30, ["status"])
    const { callsAfterBreakdown, needs } = analyse(more.done(), settings)
    expect(callsAfterBreakdown.kept).toBe(1)
    expect([...needs[0]!.replacedCalls].map(([stream, moments]) => [stream, moments.length])).toEqual([[polled, 60]])
  })
})

describe("the dependants of a first sweep", () => {
  const hydrated = (query: string) => {
    const recording = makeRecording()
    const list = recording.stream({ template: "/api/v2/tickets", query })
    const below = recording.stream({ template: "/api/v2/tickets/{id}/conversations" })
    for (let sweep = 0; sweep < 60; sweep++) {
      const call = recording.call(list, sweep * 60)
      // What was there has not changed for days; one ticket changes in each later sweep, and is read.
      if (sweep === 0) for (let old = 0; old < 5; old++) recording.version(list, call, `old ${old}`, -400_000, null)
      else {
        recording.version(list, call, String(sweep), sweep * 60 - 30, ["status"])
        recording.call(below, sweep * 60 + 1, { subject: String(sweep) })
      }
    }
    return analyse(recording.done(), settings).callsAfterBreakdown.hydration
  }
  it("are known where all parents were listed", () => {
    // The second sweep, at 1800 s, reads those of the 29 or 30 tickets that changed before it; the first reads none.
    expect(hydrated("per_page=100")).toBe(30)
  })
  it("are taken to be as many as later where only changes were asked for", () => {
    expect(hydrated("updated_since=*")).toBe(60)
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
    const rule = analyse(recording.done(), { ...settings, routes: { "acme.freshdesk.com": ["rule"] } })
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
  it("counts a call for each reply that a rule fires on: its delivery tells of the ticket", () => {
    const recording = makeRecording()
    const tickets = recording.stream({ template: "/api/v2/tickets", query: "updated_since=*" })
    for (let n = 0; n < 300; n++) {
      const call = recording.call(tickets, n * 10)
      // A reply moves the stamp alone.
      if (n > 0 && n % 10 === 0) recording.version(tickets, call, String(n), n * 10 - 5, n % 20 === 0 ? ["status"] : [])
    }
    const rule = analyse(recording.done(), { ...settings, routes: { "acme.freshdesk.com": ["rule"] } })
    expect(rule.callsAfterBreakdown.hydration).toBe(29)
    // The deliveries themselves use the account's limit, and those of an app do not.
    const app = analyse(recording.done(), settings)
    expect([app.rateLimits[0]!.pushes, rule.rateLimits[0]!.pushes]).toEqual([undefined, 29])
    const remaining = (of: typeof rule) => of.rateLimits[0]!.minutes.after.reduce((sum, calls) => sum + calls, 0)
    expect(remaining(rule) - remaining(app)).toBe(2 * 29)
  })
  it("migrates by routes side by side what their union covers, and counts each route's burden", () => {
    const recording = makeRecording()
    const tickets = recording.stream({ template: "/api/v2/tickets", query: "updated_since=*" })
    for (let n = 0; n < 300; n++) {
      const call = recording.call(tickets, n * 10)
      // By turns what both push, what the app alone pushes, what the rule alone pushes.
      const fields = [["status"], ["spam"], ["custom_fields.cf_region"]][(n / 10) % 3]
      if (n > 0 && n % 10 === 0) recording.version(tickets, call, String(n), n * 10 - 5, fields!)
    }
    const by = (more: Partial<Parameters<typeof analyse>[1]>) => analyse(recording.done(), { ...settings, ...more })
    const both = by({ routes: { "acme.freshdesk.com": ["rule", "app"] } })
    expect(both.pollers[0]).toMatchObject({
      verdict: "migrate",
      events: ["ticket_create", "ticket_update", "ticket_delete"],
      coverage: { changes: 29, pushed: 29 }
    })
    expect(both.pollers[0]!.coverageByRoute.map(({ route, share }) => [route, share])).toEqual([
      ["app + rule", 1],
      ["app", 0.6552],
      ["rule", 0.6552]
    ])
    // The rule watches only what the app does not push: each of its 10 deliveries costs a call; its upkeep is the rule's.
    expect(both.callsAfterBreakdown).toMatchObject({ hydration: 10, upkeep: 2 })
    expect(both.needs[0]).toMatchObject({ planned: { routes: ["app", "rule"] }, uncoveredFields: [] })
    expect(both.accounts[0]!.route).toBe("app + rule")
    // The routes that are asked for come before the configured ones, as far as the product has them.
    expect(by({ chosenRoutes: ["app", "rule", "ui"] })).toEqual(both)
    expect(by({ chosenRoutes: ["ui"], routes: { "acme.freshdesk.com": ["rule"] } }).needs[0]!.planned.routes).toEqual([
      "rule"
    ])
  })
})

describe("what a recording cannot tell", () => {
  const one = (make: (recording: ReturnType<typeof makeRecording>) => void, seconds = 7_200) => {
    const recording = makeRecording()
    make(recording)
    return analyse(recording.done(), { ...settings, window: { from: start, to: start + seconds * 1_000 } })
  }
  it("is no rate of zero where versions have no stamps", () => {
    const { findings, pollers } = one((recording) => {
      const tickets = recording.stream({ template: "/api/v2/tickets" })
      for (let n = 0; n < 120; n++) {
        const call = recording.call(tickets, n * 60)
        if (n % 5 === 0) recording.version(tickets, call, String(n), null, ["status"])
      }
    })
    expect(pollers[0]).toMatchObject({ changeRate: null, freshnessSeconds: null, itemVersions: 24, emptySweeps: 96 })
    expect(pollers[0]!.changeRateUnknown).toContain("no stamp")
    expect(findings.map(({ rule }) => rule)).not.toContain("faster-than-changes")
  })
  it("is no empty sweep, no rate and no migration where no sweep was answered", () => {
    const [poller] = one((recording) => {
      const tickets = recording.stream({ template: "/api/v2/tickets", query: "updated_since=*" })
      for (let n = 0; n < 60; n++) recording.call(tickets, n * 60, { status: 401, items: null, newVersions: null })
    }).pollers
    expect(poller).toMatchObject({ sweeps: 60, failedSweeps: 60, emptySweeps: null, changeRate: null, verdict: "keep" })
    expect(poller!.reasons[0]).toContain("none of its sweeps was answered")
  })
  it("leaves sweeps that failed, and bodies that could not be read, out of the empty ones", () => {
    const [poller] = one((recording) => {
      const tickets = recording.stream({ template: "/api/v2/tickets", query: "updated_since=*" })
      for (let n = 0; n < 100; n++)
        recording.call(
          tickets,
          n * 60,
          n % 10 === 5
            ? { status: 500, items: null, newVersions: null }
            : n === 42
              ? { items: null, newVersions: null }
              : {}
        )
    }).pollers
    expect(poller).toMatchObject({
      sweeps: 100,
      failedSweeps: 10,
      unreadSweeps: 1,
      emptySweeps: 88,
      itemVersions: null
    })
    expect(poller!.reasons.join("; ")).toMatch(
      /10 of its 100 sweeps brought no answer.*1 of its 100 sweeps have no body/
    )
  })
  it("is no skew and no busy share of zero where neither dates nor durations are known", () => {
    const poll = (fields: { readonly durationMs: number | null; readonly clockMs: number | null }) =>
      one((recording) => {
        const tickets = recording.stream({ template: "/api/v2/tickets" })
        for (let n = 0; n < 60; n++) recording.call(tickets, n * 60, fields)
      }).pollers[0]
    expect(poll({ durationMs: null, clockMs: null })).toMatchObject({
      busyShare: null,
      overlappingSweeps: null,
      clockSkewSeconds: null
    })
    expect(poll({ durationMs: 600, clockMs: 0 })).toMatchObject({
      busyShare: expect.closeTo(0.01, 3),
      overlappingSweeps: 0,
      clockSkewSeconds: 0
    })
  })
  it("is no busiest hour where the window is shorter than one", () => {
    const limitsOf = (seconds: number) =>
      one((recording) => {
        const tickets = recording.stream({ template: "/api/v2/tickets" })
        for (let n = 0; n * 60 < seconds; n++) recording.call(tickets, n * 60)
      }, seconds).rateLimits[0]!
    expect(limitsOf(1_800)).toMatchObject({ peakPerHourBefore: null, peakPerHourAfter: null, peakPerMinuteBefore: 1 })
    expect(limitsOf(7_200).peakPerHourBefore).toBe(60)
  })
})

describe("a window shorter than what its figures rest on", () => {
  const hourly = (seconds: number, pages = 1) => {
    const recording = makeRecording()
    const tickets = recording.stream({ template: "/api/v2/tickets", query: "per_page=30" })
    for (let n = 0; n * 5 < seconds; n++)
      for (let page = 1; page <= pages; page++) {
        const call = recording.call(tickets, n * 5 + page * 0.3, { page })
        if (n === 0)
          for (let id = 0; id < 30; id++) recording.version(tickets, call, `${page}-${id}`, -9_000 - id, null)
      }
    return analyse(recording.done(), {
      ...settings,
      reconcileSeconds: 3_600,
      window: { from: start, to: start + seconds * 1_000 }
    })
  }
  it("counts one whole sweep in the window, and says what an hour would be", () => {
    // 20 calls in 100 s: 720 in an hour. One list of 30 tickets is one call, and the whole of what is left in either.
    const { callsAfter, extrapolation } = hourly(100)
    expect(callsAfter).toBe(1)
    expect(extrapolation).toEqual({
      fromSeconds: 100,
      toSeconds: 3_600,
      restsOn: "reconciliation",
      calls: 720,
      callsAfter: 1,
      reduction: 0.9986
    })
  })
  it("judges by the whole interval: one sweep costs more than so short a time of polling, and less than an hour of it", () => {
    // Five sweeps of 20 pages are 100 calls; a client that reads 100 at a time needs 6 for the same list.
    const [poller] = hourly(25, 20).pollers
    expect(poller!.verdict).toBe("migrate")
    expect(poller!.reasons[0]).toMatch(/^extrapolated from 25 s: in a whole reconciliation interval its 14,?400 calls/)
  })
  it("refuses where no rhythm shows yet", () => {
    const recording = makeRecording()
    const tickets = recording.stream({ template: "/api/v2/tickets" })
    for (const at of [0, 30, 60]) recording.call(tickets, at)
    const { extrapolation } = analyse(recording.done(), {
      ...settings,
      window: { from: start, to: start + 90_000 }
    })
    expect(extrapolation).toMatchObject({
      fromSeconds: 90,
      toSeconds: 1_800,
      calls: null,
      callsAfter: null,
      reduction: null
    })
  })
  it("says nothing of the kind where the window is long enough", () => {
    expect(hourly(3_600).extrapolation).toBeNull()
  })
})

describe("finding pollers by the pace they choose", () => {
  const paced = (waits: (empty: boolean, last: number) => number, bodies = true) => {
    const recording = makeRecording()
    const tickets = recording.stream({ template: "/api/v2/tickets", query: "updated_since=*" })
    let [at, wait] = [0, 60]
    for (let n = 0; n < 90; n++) {
      const call = recording.call(tickets, at, bodies ? {} : { items: null, newVersions: null })
      const news = n % 7 === 3
      if (news && bodies) recording.version(tickets, call, String(n), at - 4, ["status"])
      wait = waits(!news, wait)
      at += wait
    }
    return analyse(recording.done(), {
      ...settings,
      window: { from: start, to: start + at * 1_000 }
    }).pollers[0]!
  }
  const backsOff = (empty: boolean, last: number) => (empty ? Math.min(480, last * 1.5) : 60)
  it("tells one that backs off while nothing is new, with its range", () => {
    const poller = paced(backsOff)
    expect(poller.adaptive).toMatchObject({ fromSeconds: 60, by: "news" })
    expect(poller.adaptive!.toSeconds).toBeGreaterThan(400)
    expect(poller.phases).toEqual([])
  })
  it("tells it by its growth where bodies are unknown", () => {
    expect(paced(backsOff, false).adaptive).toMatchObject({ fromSeconds: 60, by: null })
  })
  it("tells one with two paces, and no fixed timer", () => {
    expect(paced((empty) => (empty ? 120 : 20)).adaptive).toEqual({ fromSeconds: 20, toSeconds: 120, by: "news" })
    expect(paced(() => 60).adaptive).toBeNull()
  })
})

describe("questions of one shape that are asked together", () => {
  const asked = (gaps: ReadonlyArray<number>, durationMs: number, fields: { readonly process?: number } = {}) => {
    const recording = makeRecording()
    const contacts = recording.stream({ template: "/api/v2/contacts", query: "company_id=#1a2b3c4d" })
    for (let n = 0; n < 16; n++)
      for (const gap of gaps) recording.call(contacts, n * 30 + gap, { durationMs, ...fields })
    return analyse(recording.done(), settings)
  }
  it.each([
    ["all at once", [0, 0, 0.02], 300],
    ["one after the other", [0, 2.05, 4.1], 2_000],
    ["with a short rest between", [0, 0.3, 0.6], 80]
  ])("are one sweep: %s", (_, gaps, durationMs) => {
    const { findings, pollers, unattributed } = asked(gaps, durationMs)
    expect(pollers).toHaveLength(1)
    expect(pollers[0]).toMatchObject({ sweeps: 16, calls: 48, pagesPerSweep: 3, intervalSeconds: 30, instances: 1 })
    expect(pollers[0]!.alternatives.map(({ name }) => name)).not.toContain("per_page=100")
    expect(findings.map(({ rule }) => rule)).not.toContain("small-pages")
    expect(unattributed.calls).toBe(0)
  })
  it("are sweeps of their own where they are far apart, or asked by two programs", () => {
    expect(asked([0, 11], 300).pollers[0]).toMatchObject({ sweeps: 32, instances: 2 })
    const recording = makeRecording()
    const contacts = recording.stream({ template: "/api/v2/contacts" })
    for (let n = 0; n < 32; n++)
      for (const process of [1, 2]) recording.call(contacts, n * 30 + process * 0.2, { process })
    expect(analyse(recording.done(), settings).pollers[0]).toMatchObject({ sweeps: 64, instances: 2 })
  })
})

describe("the first sweeps", () => {
  it("are two where the first took long and brought all there is", () => {
    const recording = makeRecording()
    const tickets = recording.stream({ template: "/api/v2/tickets", query: "updated_since=*" })
    for (let n = 0; n < 14; n++) {
      const call = recording.call(tickets, n * 3, { durationMs: n === 0 ? 1_900 : 80 })
      if (n === 0) for (let id = 0; id < 90; id++) recording.version(tickets, call, String(id), -300 - id, null)
    }
    expect(analyse(recording.done(), settings).pollers[0]).toMatchObject({ sweeps: 14, intervalSeconds: 3 })
  })
  it("are one long reading where full pages follow each other at once, by a cursor that has no number", () => {
    const recording = makeRecording()
    const contacts = recording.stream({ template: "/api/v2/contacts", query: "per_page=100" })
    for (let page = 0; page < 80; page++)
      recording.call(contacts, page * 1.1, { durationMs: page % 3 === 0 ? 980 : 760, items: 100, newVersions: 100 })
    const { pollers, unattributed } = analyse(recording.done(), settings)
    expect(pollers).toEqual([])
    expect(unattributed.kinds).toEqual([{ kind: "export", calls: 80 }])
  })
  it("go on by the timer after a refusal whose Retry-After nothing waits for", () => {
    const recording = makeRecording()
    const tickets = recording.stream({ template: "/api/v2/tickets", query: "updated_since=*" })
    let at = 0
    for (let n = 0; n < 40; n++) {
      recording.call(
        tickets,
        at,
        n === 20 ? { status: 429, retryAfterSeconds: 30, items: null, newVersions: null } : {}
      )
      at += 20 * [0.85, 1.1, 1, 1.15, 0.9][n % 5]!
    }
    expect(analyse(recording.done(), settings).pollers[0]).toMatchObject({ sweeps: 40, failedSweeps: 1 })
  })
  it("are two where the first timed out", () => {
    const recording = makeRecording()
    const tickets = recording.stream({ template: "/api/v2/tickets", query: "updated_since=*" })
    for (let n = 0; n < 14; n++)
      recording.call(
        tickets,
        n * 60,
        n === 0 ? { durationMs: 30_000, status: null, items: null, newVersions: null } : {}
      )
    expect(analyse(recording.done(), settings).pollers[0]).toMatchObject({ sweeps: 14, failedSweeps: 1 })
  })
})

describe("methods", () => {
  it("take HEAD and questions asked by POST for reading, preflights for neither", () => {
    const recording = makeRecording()
    const head = recording.stream({ template: "/api/v2/tickets", method: "HEAD" })
    const search = recording.stream({ template: "/v1/orders/_search", method: "POST", product: null })
    const preflight = recording.stream({ template: "/api/v2/tickets", method: "OPTIONS" })
    const write = recording.stream({ template: "/api/v2/tickets", method: "POST" })
    for (let n = 0; n < 30; n++) {
      for (const stream of [head, search]) recording.call(stream, n * 60 + stream, { items: null, newVersions: null })
      recording.call(preflight, n * 60 + 5)
      recording.call(write, n * 60 + 6)
    }
    const { pollers, unattributed } = analyse(recording.done(), settings)
    expect(pollers.map(({ endpoint, verdict }) => [endpoint, verdict])).toEqual([
      ["HEAD /api/v2/tickets", "keep"],
      ["POST /v1/orders/_search", "keep"]
    ])
    expect(unattributed.kinds).toEqual([
      { kind: "probe", calls: 30 },
      { kind: "write", calls: 30 }
    ])
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
