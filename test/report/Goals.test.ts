/** Freshness goals (`--slo`): met or missed, by the forecast and on the replay, and by how much. */
import { describe, expect, it } from "vitest"
import type { Analysis } from "../../src/analysis/index.js"
import type { Report } from "../../src/domain/Report.js"
import { freshnessByEntity } from "../../src/replay/wire/PathDiff.js"
import type { TrueChange } from "../../src/replay/wire/ProviderPort.js"
import { verdict } from "../../src/report/decision/Verdict.js"
import { goalsIn, missedGoalLines, renderMarkdown } from "../../src/report/index.js"
import { renderHtml } from "../../src/report/service.js"
import { sampleReport } from "../support/sampleReport.js"

const mirror = sampleReport.pollers.find(({ integration }) => integration === "helpdesk-mirror")!
const lags = (p95: number) => ({ p50: 1, p95, max: 2 * p95 })
const pollers = (now: number, planned: number): Analysis["pollers"] => [
  { ...mirror, freshnessSeconds: lags(2), forecastFreshnessSeconds: lags(2) },
  { ...mirror, integration: "desk_sync", freshnessSeconds: lags(now), forecastFreshnessSeconds: lags(planned) },
  { ...mirror, endpoint: "GET /api/v2/contacts", forecastFreshnessSeconds: lags(9_000) }
]
const replayed = (p95: number) => [
  { account: "quick.example", entity: "ticket", changes: 7, webhook: lags(1) },
  { account: "acme.freshdesk.com", entity: "ticket", changes: 5, webhook: lags(p95) }
]
const ticket = { ticket: { seconds: 300, at: "p95" } } as const
const withGoals = (goals: NonNullable<Report["goals"]>): Report => ({
  ...sampleReport,
  goals,
  plan: { ...sampleReport.plan!, goal: "set" }
})

describe("freshness goals", () => {
  it("are met where the stalest poller and the replay keep them", () => {
    const goals = goalsIn(pollers(400, 300.04), ticket, replayed(180))
    expect(goals).toMatchObject([
      {
        entity: "ticket",
        forecast: { integration: "desk_sync", nowSeconds: 400, seconds: 300.04 },
        replay: { account: "acme.freshdesk.com", changes: 5, seconds: 180 }
      }
    ])
    expect(verdict(withGoals(goals))).toContain(
      "**The freshness is what `--slo` asks for**: ticket within 5 min at p95 (forecast 5 min, replay 3 min). At today's freshness it would be"
    )
    expect(missedGoalLines(goals)).toEqual([])
  })
  it("say where they are missed and by how much, in every format and on the console", () => {
    const goals = goalsIn(pollers(462, 462), ticket, replayed(330))
    const told =
      "ticket within 5 min at p95 (forecast 7.7 min for desk\\_sync, 2.7 min too late, replay 5.5 min for acme.freshdesk.com, 30 s too late; polling misses it too (7.7 min), and then the plan keeps no more than that)"
    for (const text of [verdict(withGoals(goals)), renderMarkdown(withGoals(goals))]) {
      expect(text).toContain(`**\`--slo\` is missed**: ${told}`)
      expect(text).not.toContain("what `--slo` asks for")
    }
    const page = renderHtml(withGoals(goals)).replace(/<[^>]*>/g, "")
    expect(page).toContain("--slo is missed: ticket within 5 min at p95 (forecast 7.7 min for desk_sync")
    expect(missedGoalLines(goals)).toEqual([`--slo is missed: ${told.replace("\\", "")}`])
  })
  it("are missed by the replay alone, and tell the met ones and the unknown apart", () => {
    const slow = goalsIn(
      pollers(100, 100),
      { ...ticket, contact: { seconds: 20_000, at: "max" }, company: { seconds: 60, at: "p50" } },
      replayed(330)
    )
    expect(verdict(withGoals(slow))).toContain(
      "**`--slo` is missed**: ticket within 5 min at p95 (forecast 1.7 min, replay 5.5 min for acme.freshdesk.com, 30 s too late). Met: contact within 5.6 h at the worst (forecast 5 h). Unknown: company within 60 s at p50 (no poller tells how fresh it is)"
    )
  })
  it("are claimed by no report of an earlier version", () => {
    const { goals: _, ...earlier } = withGoals([])
    expect(verdict(earlier)).toContain("**`--slo` sets the freshness, in place of today's**")
  })
  it("are judged where one interval takes the plan's place", () => {
    const { plan: _, ...unplanned } = withGoals(goalsIn(pollers(100, 400), ticket))
    expect(verdict(unplanned)).toContain("forecast 6.7 min for desk\\_sync, 1.7 min too late).")
  })
})

describe("a replay", () => {
  it("tells how long each account's types took", () => {
    const change = (account: string, entity: string) => ({ account, entity }) as TrueChange
    const one = [change("b", "ticket"), change("a", "ticket"), change("b", "ticket"), change("b", "contact")]
    expect(freshnessByEntity(new Map(one.map((of, at) => [of, at + 1])))).toEqual([
      { account: "a", entity: "ticket", changes: 1, webhook: { p50: 2, p95: 2, max: 2 } },
      { account: "b", entity: "contact", changes: 1, webhook: { p50: 4, p95: 4, max: 4 } },
      { account: "b", entity: "ticket", changes: 2, webhook: { p50: 1, p95: 3, max: 3 } }
    ])
  })
})
