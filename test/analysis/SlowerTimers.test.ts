import { describe, expect, it } from "vitest"
import { analyse } from "../../src/analysis/index.js"
import type { FreshnessGoal } from "../../src/analysis/Settings.js"
import { unreadGoalLines } from "../../src/report/index.js"
import { makeRecording, start } from "../support/recording.js"

/** A list asked every five seconds for half an hour, a call of 0.2 s; each 20th answer has a change 2 s old. */
const alternativesFor = (goals: Readonly<Record<string, FreshnessGoal>>, details = false) => {
  const recording = makeRecording()
  const tickets = recording.stream({ template: "/api/v2/tickets", query: "updated_since=*" })
  const beneath = recording.stream({ template: "/api/v2/tickets/{id}/conversations" })
  for (let n = 0; n < 360; n++) {
    const call = recording.call(tickets, n * 5, { items: n % 20 === 10 ? 1 : 0, newVersions: n % 20 === 10 ? 1 : 0 })
    if (n % 20 !== 10) continue
    recording.version(tickets, call, String(n), n * 5 - 2, ["status"])
    if (!details) continue
    const reply = recording.call(beneath, n * 5 + 1, { subject: String(n), items: 1, newVersions: 1 })
    recording.version(beneath, reply, `${n}1`, n * 5 - 2, null, true, "conversation")
  }
  const window = { from: start, to: start + 1_800_000 }
  const { pollers } = analyse(recording.done(), {
    window,
    reconcileSeconds: 14_400,
    healWithinSeconds: 14_400,
    routes: {},
    plans: {},
    freshnessGoals: goals
  })
  return pollers.find(({ endpoint }) => endpoint === "GET /api/v2/tickets")!
}

const timersOf = ({ alternatives }: ReturnType<typeof alternativesFor>) =>
  alternatives.filter(({ name }) => name.startsWith("every ")).map(({ name }) => name)

describe("asking less often", () => {
  it("is as seldom as the goal allows: 0.95 of the interval and the call's own time are its p95", () => {
    // (300 - 0.2) / 0.95 = 315.6: five minutes. Seven sweeps in the half hour less five seconds would be six.
    const poller = alternativesFor({ ticket: { seconds: 300, at: "p95" } })
    expect(timersOf(poller)).toEqual(["every 10 s", "every 5 min"])
    const timer = poller.alternatives.find(({ name }) => name === "every 5 min")!
    expect(timer).toMatchObject({ calls: 6, admissible: true, risk: "as stale as the goal allows" })
    expect(timer.freshnessSeconds!.p95).toBeCloseTo(285.2, 0)
  })

  it("keeps a goal for the stalest change, and one for half of them", () => {
    expect(timersOf(alternativesFor({ ticket: { seconds: 300, at: "max" } }))).toContain("every 4 min")
    expect(timersOf(alternativesFor({ ticket: { seconds: 75, at: "p50" } }))).toContain("every 2 min")
  })

  it("is twice as seldom and no more without a goal that is set", () => {
    expect(timersOf(alternativesFor({}))).toEqual(["every 10 s"])
    expect(timersOf(alternativesFor({ contact: { seconds: 3_600, at: "p95" } }))).toEqual(["every 10 s"])
  })

  it("keeps the goals of all types that its sweeps read", () => {
    const goals: Readonly<Record<string, FreshnessGoal>> = {
      ticket: { seconds: 300, at: "p95" },
      conversation: { seconds: 60, at: "p95" }
    }
    const poller = alternativesFor(goals, true)
    expect(poller.detailCalls).toBeGreaterThan(0)
    expect(unreadGoalLines([poller], { ...goals, group: {} })).toEqual([expect.stringContaining("--slo group:")])
    expect(timersOf(poller)).toEqual(["every 10 s", "every 60 s"])
    expect(timersOf(alternativesFor({ ticket: goals["ticket"]! }, true))).toContain("every 5 min")
  })

  it("counts pages of the size that the poller gets, not of the largest", () => {
    // 10 new tickets each 5 s, in pages of 30 that the query does not ask for: at 5 min 600 are 20 pages.
    const recording = makeRecording()
    const tickets = recording.stream({ template: "/api/v2/tickets", query: "updated_since=*" })
    for (let n = 0; n < 360; n++) {
      const call = recording.call(tickets, n * 5)
      for (let one = 0; one < 10; one++) recording.version(tickets, call, `${n}-${one}`, n * 5 - 2, ["status"])
    }
    const window = { from: start, to: start + 1_800_000 }
    const freshnessGoals = { ticket: { seconds: 300, at: "p95" } } as const
    const { pollers } = analyse(recording.done(), {
      window,
      reconcileSeconds: 14_400,
      routes: {},
      plans: {},
      freshnessGoals
    })
    expect(pollers[0]!.itemVersions).toBe(3_600)
    expect(pollers[0]!.alternatives.find(({ name }) => name === "every 5 min")!.calls).toBe(6 * 20)
  })

  it("leaves its calls in the headroom after", () => {
    // No event tells of groups: the poller stays, and is tuned.
    const recording = makeRecording()
    const groups = recording.stream({ template: "/api/v2/groups" })
    for (let n = 0; n < 360; n++) {
      const call = recording.call(groups, n * 5, { items: 1, newVersions: n === 10 ? 1 : 0 })
      if (n === 10) recording.version(groups, call, "1", 48, ["name"], false, "group")
    }
    const { pollers, rateLimits } = analyse(recording.done(), {
      window: { from: start, to: start + 1_800_000 },
      reconcileSeconds: 14_400,
      healWithinSeconds: 14_400,
      routes: {},
      plans: {},
      freshnessGoals: { group: { seconds: 300, at: "p95" } }
    })
    expect(pollers[0]).toMatchObject({ verdict: "tune", callsAfter: 6 })
    expect(rateLimits[0]).toMatchObject({ peakPerMinuteBefore: 12, peakPerMinuteAfter: 1 })
  })

  it("is no slower than today where the goal leaves no room", () => {
    expect(timersOf(alternativesFor({ ticket: { seconds: 3, at: "p95" } }))).toEqual(["every 10 s"])
  })
})
