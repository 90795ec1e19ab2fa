import { describe, expect, it } from "vitest"
import { mirrorChecklist } from "../../src/shadow/index.js"

const poller = {
  integration: "crm-sync",
  endpoint: "GET /api/v2/tickets",
  calls: 1_440,
  mirror: {
    served: true,
    calls: 24,
    callsADay: 24,
    reduction: 0.9833,
    through: { credential: 24 },
    freshnessSeconds: { p50: 34, p95: 61, max: 90 },
    burden: "one base URL, no code"
  },
  setUp: null
}
const checklist = (right: number, wrong: number) =>
  mirrorChecklist({ ...poller, evidence: { requests: 1_200, hits: 0, right, wrong } })

describe("the checklist for the mirror", () => {
  it("is ready once answers were compared in the dark, all of them right", () => {
    expect(checklist(300, 0)).toContain("Ready. All answers that were compared in the dark were right.")
    expect(checklist(300, 0)).toContain("| compared in the dark | 300 right, 0 wrong |")
    expect(checklist(300, 1)).toContain("Not yet. Answers would have been wrong")
    expect(checklist(0, 0)).toContain("Not yet. No answer was compared in the dark.")
    expect(mirrorChecklist({ ...poller, evidence: null })).toContain("Not yet. None of its requests")
  })
  it("tells what the receiver needs beside the plan, and by hand where one route has all of the events", () => {
    const setUp = {
      source: "desk",
      types: ["contact every 12m"],
      reconcile: '{ "every": "4h", "contact": "12m" }',
      events: ["contact_update"],
      routes: [{ route: "app", events: ["ticket_update", "contact_update"] }]
    }
    const app = mirrorChecklist({ ...poller, evidence: null, setUp })
    expect(app).toContain("- [ ] the receiver reconciles contact every 12m as well, and is sent `contact_update`")
    expect(app).toContain("`hookshift plan --mirror --out hookshift.plan.json`")
    expect(app).toContain(
      '`sources.desk` in hookshift.config.json is set, which goes before the plan, it is `{ "every"'
    )
    expect(app).toContain("`hookshift subscriptions apply --source desk --events ticket_update,contact_update`")
    // Events of two routes differ, and --events would make them the same: there the plan's file alone does.
    const routes = [...setUp.routes, { route: "rule", events: ["ticket_update"] }]
    expect(mirrorChecklist({ ...poller, evidence: null, setUp: { ...setUp, routes } })).not.toContain("--events")
    expect(mirrorChecklist({ ...poller, evidence: null })).not.toContain("as well")
  })
  it("begins in the dark, and ends with the way back", () => {
    const steps = checklist(1, 0)
      .split("\n")
      .filter((line) => line.startsWith("- [ ]"))
    expect(steps.findIndex((step) => step.includes("--dark"))).toBeLessThan(
      steps.findIndex((step) => step.includes("--verify"))
    )
    expect(steps.at(-1)).toContain("to go back")
  })
})
