import { describe, expect, it } from "vitest"
import { answerVerdict, mirrorChecklist } from "../../src/shadow/index.js"

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
  setUp: null,
  source: null,
  unswept: null,
  alsoThrough: { calls: 0, endpoints: [] }
}
const asked = { confidence: 0.95, tolerated: 0.01 }
const hour = 3_600
const checklist = (right: number, wrong: number) =>
  mirrorChecklist({
    ...poller,
    evidence: { requests: 1_200, hits: 0, right, wrong },
    verdict: answerVerdict({ right, wrong, seconds: hour }, asked)
  })
const unseen = { ...poller, evidence: null, verdict: answerVerdict(null, asked) }

describe("the checklist for the mirror", () => {
  it("says safe once enough answers were compared in the dark, all of them right", () => {
    expect(checklist(299, 0)).toContain(
      "Safe: of 299 answers that were compared in the dark none was wrong: at most 1.0 % are, with 95.0 % confidence."
    )
    expect(checklist(299, 0)).toContain("| compared in the dark | 299 right, 0 wrong |")
    expect(checklist(298, 0)).toContain("Not yet: 298 answers were compared in the dark, none of them wrong: 299 are")
    expect(checklist(100, 0)).toContain("299 are needed for 95.0 % confidence, some 119 min more at this rate.")
    expect(checklist(1, 0)).toContain("Not yet: 1 answer was compared")
    expect(checklist(0, 0)).toContain("Not yet: no answer was compared in the dark.")
    expect(mirrorChecklist(unseen)).toContain("Not yet: none of its requests has come to a mirror.")
  })
  it("names the source where the program polls several accounts", () => {
    expect(mirrorChecklist({ ...unseen, source: "desk" })).toMatch(/^# .*: GET \/api\/v2\/tickets of desk\n/)
  })
  it("is not safe with a single wrong answer among however many", () => {
    const verdict = answerVerdict({ right: 100_000, wrong: 1, seconds: hour }, asked)
    expect(verdict).toMatchObject({ verdict: "notYet", watchSeconds: null })
    expect(verdict.wrongAtMost).toBeLessThan(0.001)
    expect(verdict.why).toContain("1 of 100001 answers would have been wrong: the mirror's log says how")
  })
  it("names the types that the receiver does not reconcile, and what to do", () => {
    const unswept = { requests: 371, source: "desk", notReconciled: ["contact"], begun: [] }
    const told = mirrorChecklist({
      ...unseen,
      verdict: answerVerdict({ right: 0, wrong: 0, seconds: 0 }, asked),
      unswept
    })
    expect(told).toContain(
      "Not yet: no answer was compared in the dark. 371 requests went through for `never-swept`: the receiver does not reconcile contact.\n"
    )
    expect(told).toContain("still reach the provider once contact is reconciled (98.3 % fewer)")
    expect(told).toContain(
      "- [ ] the receiver reconciles contact, as the plan asks: `hookshift subscriptions apply --source desk` has"
    )
    const begun = mirrorChecklist({ ...unseen, unswept: { ...unswept, notReconciled: [], begun: ["contact"] } })
    expect(begun).toContain("`never-swept`: the receiver's first sweep of contact has not ended.")
    expect(begun).toContain("- [ ] the receiver runs until its first sweep of contact has ended\n")
    expect(begun).not.toContain("subscriptions apply")
  })
  it("tells what the receiver needs beside the plan, and by hand where one route has all of the events", () => {
    const setUp = {
      source: "desk",
      types: ["contact every 12m"],
      reconcile: '{ "every": "4h", "contact": "12m" }',
      events: ["contact_update"],
      routes: [{ route: "app", events: ["ticket_update", "contact_update"] }]
    }
    const app = mirrorChecklist({ ...unseen, setUp })
    expect(app).toContain("- [ ] the receiver reconciles contact every 12m as well, and is sent `contact_update`")
    expect(app).toContain("`hookshift plan --mirror --out hookshift.plan.json`")
    expect(app).toContain(
      '`sources.desk` in hookshift.config.json is set, which goes before the plan, it is `{ "every"'
    )
    expect(app).toContain("`hookshift subscriptions apply --source desk --events ticket_update,contact_update`")
    // Events of two routes differ, and --events would make them the same: there the plan's file alone does.
    const routes = [...setUp.routes, { route: "rule", events: ["ticket_update"] }]
    expect(mirrorChecklist({ ...unseen, setUp: { ...setUp, routes } })).not.toContain("--events")
    expect(mirrorChecklist(unseen)).not.toContain("as well")
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
