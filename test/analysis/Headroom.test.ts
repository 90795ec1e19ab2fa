import { describe, expect, it } from "vitest"
import { type AnalysisSettings, analyse } from "../../src/analysis/index.js"
import type { RateLimitUse } from "../../src/domain/Report.js"
import { renderMarkdown } from "../../src/report/index.js"
import { makeRecording, start } from "../support/recording.js"
import { sampleReport } from "../support/sampleReport.js"

const account = "acme.freshdesk.com"
const tickets = "/api/v2/tickets"
const contacts = "/api/v2/contacts"

/** Half an hour of calls: `everySeconds` by template, each answer with that endpoint's `total`. */
const useOf = (
  polled: Readonly<Record<string, { readonly everySeconds: number; readonly total: number | null }>>,
  plans: Readonly<Record<string, string>> = {},
  further: Pick<AnalysisSettings, "chosenPlan" | "limits"> = {}
): RateLimitUse => {
  const recording = makeRecording()
  for (const [template, { everySeconds, total }] of Object.entries(polled)) {
    const stream = recording.stream({ template })
    for (let at = 0; at < 1_800; at += everySeconds) {
      const call = recording.call(stream, at, { limitTotal: total, limitRemaining: total === null ? null : 1 })
      if (template === tickets) recording.version(stream, call, String(at), at, ["status"])
    }
  }
  const window = { from: start, to: start + 1_800_000 }
  return analyse(recording.done(), { window, reconcileSeconds: 900, routes: {}, plans, ...further }).rateLimits[0]!
}

const lists = { [tickets]: { everySeconds: 5, total: 20 }, [contacts]: { everySeconds: 20, total: 20 } }

const reportOf = (use: RateLimitUse): string =>
  renderMarkdown({
    ...sampleReport,
    accounts: [{ ...sampleReport.accounts[0]!, account }],
    rateLimits: [use]
  })

describe("an endpoint's own limit", () => {
  it("is never the account's: each endpoint's calls are under their own, all of them under the plan's that has it", () => {
    const use = useOf(lists)
    expect(use).toMatchObject({ limitPerMinute: 200, limitFrom: "endpoints", fittingPlans: ["garden", "growth"] })
    expect(use.peakPerMinuteBefore).toBe(15)
    expect(
      use.endpoints!.map(({ endpoint, limit, limitFrom, peakBefore }) => [endpoint, limit, limitFrom, peakBefore])
    ).toEqual([
      [`GET ${tickets}`, 20, "headers", 12],
      [`GET ${contacts}`, 20, "headers", 3]
    ])
    const report = reportOf(use)
    expect(report).toContain(`Tightest now: 12 of 20 a minute for \`GET ${tickets}\` on ${account}`)
    expect(report).toContain("200 a minute (garden or growth)")
    expect(report).not.toContain("15 of 20")
  })

  it("does not lower the plan that is stated", () => {
    expect(useOf(lists, { [account]: "growth" })).toMatchObject({ limitPerMinute: 200, limitFrom: "plan" })
    // The account has a larger plan than the settings say: the list's limit is that plan's.
    const larger = useOf({ [tickets]: { everySeconds: 5, total: 100 } }, { [account]: "growth" })
    expect(larger).toMatchObject({ limitPerMinute: 200, limitFrom: "plan", endpoints: [{ limit: 100 }] })
  })

  it("leaves the account's unknown where plans with different ones fit, and says so", () => {
    // Both the account's limit of growth and the lists' of enterprise.
    const use = useOf({ [tickets]: { everySeconds: 5, total: 200 } })
    expect(use).toMatchObject({ limitPerMinute: null, limitFrom: null, endpoints: [{ limit: 200, peakBefore: 12 }] })
    expect(use.fittingPlans).toBeUndefined()
    expect(reportOf(use)).toContain(`The account's own limit is unknown on ${account}`)
  })

  it("stands beside the account's where another endpoint's answers tell that", () => {
    const use = useOf({ ...lists, "/api/v2/companies": { everySeconds: 60, total: 250 } }, { [account]: "growth" })
    expect(use).toMatchObject({ limitPerMinute: 250, limitFrom: "headers", peakPerMinuteBefore: 16 })
    expect(use.endpoints!.map(({ limit }) => limit)).toEqual([20, 20])
  })

  it("is the stated plan's where no answer told it", () => {
    const use = useOf({ [tickets]: { everySeconds: 5, total: null } }, { [account]: "growth" })
    expect(use.endpoints).toMatchObject([{ endpoint: `GET ${tickets}`, limit: 20, limitFrom: "plan", peakBefore: 12 }])
  })

  it("is no limit above the account's that no plan has for it: the account's was raised", () => {
    const raised = { [tickets]: { everySeconds: 5, total: 3_000 } }
    for (const plans of [{}, { [account]: "garden" }]) {
      const use = useOf(raised, plans)
      expect(use).toMatchObject({ limitPerMinute: 3_000, limitFrom: "headers" })
      expect((use.endpoints ?? []).map(({ limit }) => limit)).not.toContain(3_000)
    }
  })

  it("goes with the plan of --plan, which goes before the source's where the product has it", () => {
    const polled = { [tickets]: { everySeconds: 5, total: null } }
    expect(useOf(polled, {}, { chosenPlan: "growth" })).toMatchObject({ plan: "growth", limitPerMinute: 200 })
    expect(useOf(polled, { [account]: "enterprise" }, { chosenPlan: "growth" }).plan).toBe("growth")
    expect(useOf(polled, { [account]: "enterprise" }, { chosenPlan: "blossom" }).plan).toBe("enterprise")
    expect(useOf(polled, {}, { chosenPlan: "blossom" })).toMatchObject({ plan: null, limitPerMinute: null })
  })

  it("stands beside the limit that the configuration sets, which goes before all others", () => {
    const limits = { [account]: { limit: 3_000, period: "hour" } } as const
    const long = { ...lists, "/api/v2/companies": { everySeconds: 60, total: 250 } }
    expect(useOf(long, { [account]: "growth" }, { limits })).toMatchObject({
      limitPerMinute: null,
      limitPerHour: 3_000,
      limitFrom: "configuration"
    })
    const minute = { [account]: { limit: 900, period: "minute" } } as const
    const use = useOf(long, {}, { limits: minute })
    expect(use).toMatchObject({ limitPerMinute: 900, limitPerHour: null, limitFrom: "configuration" })
    expect(use.endpoints!.map(({ limit }) => limit)).toEqual([20, 20])
  })

  it("is held against the sweeps that read the list after the migration", () => {
    const [list] = useOf({ [tickets]: { everySeconds: 5, total: 20 } }).endpoints!
    // The poller's twelve calls a minute are gone; a reconciliation reads the list, deleted and spam tickets.
    expect(list!.peakAfter).toBeGreaterThan(0)
    expect(list!.peakAfter).toBeLessThan(12)
  })

  it("is not looked for where the product has none", () => {
    const use = useOf({ "/api/v2/companies": { everySeconds: 60, total: 150 } })
    expect(use).toMatchObject({ limitPerMinute: 150, limitFrom: "headers" })
    expect(use.endpoints).toBeUndefined()
  })
})
