/** The way through the mirror in the analysis: each figure is derived in the comments. */
import { describe, expect, it } from "vitest"
import { assumedLatency } from "../../../src/analysis/estimates/PushLatency.js"
import { analyse } from "../../../src/analysis/index.js"
import { mirroredFreshness } from "../../../src/analysis/mirrored/MirroredAccount.js"
import { targetOf } from "../../../src/analysis/mirrored/RecordedTargets.js"
import { makeRecording } from "../../support/recording.js"
import { settings } from "./settings.js"

/**
 * One program lists tickets every 5 minutes for a day. Once an hour, 100 s after a poll, the status of one changes; and
 * another lists time entries every 10 minutes, which no mirror answers.
 */
const polled = () => {
  const recording = makeRecording()
  const tickets = recording.stream({ template: "/api/v2/tickets", query: "updated_since=*", integration: "feed" })
  const entries = recording.stream({ template: "/api/v2/time_entries", integration: "hours", principal: "p2" })
  for (let sweep = 0; sweep < 288; sweep++) {
    const call = recording.call(tickets, sweep * 300, { since: recording.at(sweep * 300 - 360) })
    if (sweep % 2 === 0) recording.call(entries, sweep * 300 + 60)
    if (sweep === 0)
      for (let ticket = 0; ticket < 24; ticket++) recording.version(tickets, call, String(ticket), -500, null)
    if (sweep % 12 === 1)
      recording.version(tickets, call, String((sweep - 1) / 12), (sweep - 1) * 300 + 100, ["status"])
  }
  return recording.done()
}

describe("the programs as they are, through the mirror", () => {
  const analysis = analyse(polled(), settings)
  const byName = (name: string) => analysis.pollers.find(({ integration }) => integration === name)!

  it("leave the calls that check the credential, and what a receiver needs", () => {
    // A credential counts for an hour from the end of a call, 0.2 s behind its begin: polls 0, 13, 26, … 286 check it,
    // 23 of them. The push of a status carries it: the mirror reads nothing.
    expect(byName("feed").mirror).toEqual({
      served: true,
      calls: 23,
      callsADay: 23,
      reduction: 0.9201,
      through: { credential: 23 },
      freshnessSeconds: { p50: expect.any(Number), p95: expect.any(Number), max: expect.any(Number) },
      burden: "one base URL, no code"
    })
    // Six sweeps of tickets in the day, 1 + 5 · 3 calls; the time entries' 144 requests go through.
    const { reconciliation } = analysis.callsAfterBreakdown
    expect(reconciliation).toBe(16)
    expect(analysis.mirror).toEqual({
      calls: 23 + 144 + 16,
      through: 23 + 144,
      checks: 23,
      reads: 0,
      reconciliation: 16,
      hydration: 0,
      upkeep: 0,
      retries: 0
    })
  })
  it("have the receiver's failed calls made again, at the error rate of the recording", () => {
    const recording = makeRecording()
    const tickets = recording.stream({ template: "/api/v2/tickets", query: "updated_since=*" })
    for (let sweep = 0; sweep < 288; sweep++) {
      const fields = { since: recording.at(sweep * 300 - 360), status: sweep % 8 === 7 ? 503 : 200 }
      const call = recording.call(tickets, sweep * 300, fields)
      if (sweep % 12 === 1) recording.version(tickets, call, String(sweep), (sweep - 1) * 300 + 100, ["status"])
    }
    const { callsAfterBreakdown, mirror } = analyse(recording.done(), settings)
    // Of 24 tickets that changed once each, 276 more are estimated: three pages in the first sweep, 18 calls in all. One
    // of eight recorded calls failed: two of the eighteen.
    expect(mirror).toMatchObject({ reconciliation: 18, reads: 0, retries: 2 })
    expect(callsAfterBreakdown.retries).toBe(2)
  })
  it("are told apart from those that it does not serve, without a promise", () => {
    expect(byName("hours").mirror).toMatchObject({ served: false, calls: 144, reduction: 0, freshnessSeconds: null })
    expect(Object.values(byName("hours").mirror!.through)).toEqual([144])
  })
  it("are as they are where it serves none", () => {
    const recording = makeRecording()
    const entries = recording.stream({ template: "/api/v2/time_entries" })
    for (let sweep = 0; sweep < 144; sweep++) recording.call(entries, sweep * 600)
    const { mirror, pollers } = analyse(recording.done(), settings)
    expect(mirror).toBeNull()
    expect(pollers.map((one) => one.mirror?.served)).toEqual([false])
  })
  it("are not forecast without the mirror's rule, and nothing is said of a product that is not known", () => {
    const { mirror: _, ...without } = settings
    expect(analyse(polled(), without).pollers.map((one) => "mirror" in one)).toEqual([false, false])
    const recording = makeRecording()
    const stream = recording.stream({ template: "/items", product: null, account: "api.example" })
    for (let sweep = 0; sweep < 144; sweep++) recording.call(stream, sweep * 600)
    expect(analyse(recording.done(), settings).pollers.map(({ mirror }) => mirror)).toEqual([null])
  })
})

describe("the freshness of what the mirror answers", () => {
  const lagsOf = (seconds: ReadonlyArray<number>) => ({
    lags: { spread: null, p50Interval: null, seconds: Float64Array.from(seconds) }
  })
  const evenly = (to: number) => lagsOf(Array.from({ length: 1_000 }, (_, n) => ((n + 0.5) / 1_000) * to))
  const twoSeconds = { arrivedWithin: (ms: number) => (ms >= 2_000 ? 1 : 0), quantile: () => 2_000, longestMs: 2_000 }

  it("is the wait for a poll, as today, and the push before it", () => {
    // Waits that are even over 300 s, and 2 s: 152, 287 and 302 s.
    const made = mirroredFreshness(evenly(300), [], twoSeconds)!
    expect([made.p50, made.p95, made.max].map(Math.round)).toEqual([151, 286, 302])
  })
  it("has a sweep in it for what no push tells", () => {
    // All wait for a sweep, evenly over 600 s, and then for a poll, evenly over 600 s: a triangle, whose p95 is
    // 1,200 - 600 · √(2 · 0.05) = 1,010 s, and its middle 600 s.
    const made = mirroredFreshness(evenly(600), [{ share: 1, everySeconds: 600 }], assumedLatency)!
    expect(made.p50).toBeCloseTo(600, -1)
    expect(Math.abs(made.p95 - 1_010)).toBeLessThan(5)
  })
  it("is not known where no lag is", () => {
    expect(mirroredFreshness(lagsOf([]), [], assumedLatency)).toBeNull()
  })
})

describe("a recorded call as a request", () => {
  it("has what moves filled in, any id, and a mark for what was not kept", () => {
    const since = Date.parse("2026-03-02T10:00:00Z")
    expect(
      targetOf({ template: "/api/v2/tickets/{id}/conversations", query: "per_page=50&updated_since=*&x=#ab" }, 2, since)
    ).toBe("/api/v2/tickets/1/conversations?per_page=50&updated_since=2026-03-02T10%3A00%3A00.000Z&x=%3F&page=2")
    expect(targetOf({ template: "/v2/users/{uuid}", query: "" }, -1, Number.NaN)).toMatch(
      /^\/v2\/users\/[0-9a-f]{8}-[0-9a-f-]{27}$/
    )
  })
})
