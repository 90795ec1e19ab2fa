/** A report of a short window, and of what is unknown: the same in every format. */
import { describe, expect, it } from "vitest"
import type { Extrapolation, Report } from "../../src/domain/Report.js"
import { isReplaced } from "../../src/domain/Verdict.js"
import { gatesOf } from "../../src/gates/index.js"
import { headline, pace, renderMarkdown } from "../../src/report/index.js"
import { renderHtml, renderStepSummary } from "../../src/report/service.js"
import { sampleReport } from "../support/sampleReport.js"

const known: Extrapolation = {
  fromSeconds: 102,
  toSeconds: 3_600,
  restsOn: "reconciliation",
  calls: 11_259,
  callsAfter: 52,
  reduction: 0.9954
}
const unknown: Extrapolation = { ...known, calls: null, callsAfter: null, reduction: null }

const withExtrapolation = (extrapolation: Extrapolation | null): Report => ({
  ...sampleReport,
  totals: { ...sampleReport.totals, extrapolation }
})

describe("a report of a window shorter than what it rests on", () => {
  it.each([
    [
      "says what it is extrapolated from",
      known,
      "one whole reconciliation counted; extrapolated from 1.7 min to 60 min (the reconciliation interval): 11,259 calls become 52, 99.5 % fewer"
    ],
    ["refuses where nothing can be said", unknown, "too short a time to say what webhooks would save"]
  ])("%s, in the headline, the Markdown, the page and the summary", (_, extrapolation, sentence) => {
    const report = withExtrapolation(extrapolation)
    expect(headline(report)).toContain(sentence)
    const short = `${(sampleReport.totals.reduction * 100).toFixed(1)} % fewer`
    for (const text of [renderMarkdown(report), renderHtml(report), renderStepSummary(report, [])]) {
      expect(text).toContain(sentence)
      expect(text.slice(0, text.indexOf("calls now") + 1 || 2_000)).not.toContain(short)
    }
  })
  it("counts one call as one", () => {
    const totals = { ...sampleReport.totals, calls: 1, callsAfter: 1, reduction: 0, reductionInterval: null }
    const callsAfterBreakdown = { ...sampleReport.callsAfterBreakdown, reconciliation: 0 }
    expect(headline({ totals: { ...totals, extrapolation: null }, callsAfterBreakdown })).toBe(
      "1 call becomes 1: 0.0 % fewer"
    )
    expect(
      headline({ totals: { ...totals, extrapolation: { ...unknown, fromSeconds: 60 } }, callsAfterBreakdown })
    ).toMatch(/^1 call in 60 s: too short/)
    const [limit] = sampleReport.rateLimits.filter(({ worstMinutes }) => worstMinutes.length > 0)
    const [minute] = limit!.worstMinutes
    const one = { ...limit!, limitPerMinute: 1, endpoints: [], worstMinutes: [{ ...minute!, before: 1 }] }
    expect(renderMarkdown({ ...sampleReport, rateLimits: [one] })).toContain("UTC: 1 call (after: ")
  })
  it("sets no calls of a whole reconciliation beside those of the window, and saves nothing negative", () => {
    const more = { callsAfter: 987_654, reduction: -40 }
    const report: Report = {
      ...withExtrapolation(known),
      pollers: sampleReport.pollers.map((poller) => (isReplaced(poller) ? { ...poller, ...more } : poller)),
      accounts: sampleReport.accounts.map((account) => ({ ...account, ...more }))
    }
    const shown = [renderMarkdown(report), renderHtml(report), renderStepSummary(report, [])]
    for (const text of shown) {
      expect(text).not.toContain("987,654")
      const words = text.replace(/<(style|script|svg)[\s\S]*?<\/\1>/g, "")
      expect(words.match(/.{0,40}(?:^|[^\w.)])[-−]\d[\d,.]* (?:%|calls?\b)/gm)).toBeNull()
      expect(text).toContain("The first reading of all lists is in it")
    }
    // The same report of a whole day does say so.
    const whole = renderMarkdown({ ...report, totals: { ...report.totals, extrapolation: null } })
    expect(whole).toContain("987,654")
  })
  it("is held to --fail-under by what it is extrapolated to, and fails where nothing can be said", () => {
    const gate = (extrapolation: Extrapolation | null) =>
      gatesOf(withExtrapolation(extrapolation), { failUnder: 0.9, failOn: [] })[0]!
    expect(gate(known)).toMatchObject({ passed: true, message: expect.stringContaining("(extrapolated from 102 s)") })
    expect(gate(unknown)).toMatchObject({ passed: false, message: expect.stringContaining("record for longer") })
    expect(gate(null).message).not.toContain("extrapolated")
  })
  it("reads a report of an earlier version, which has no such key", () => {
    const { extrapolation: _, ...totals } = sampleReport.totals
    expect(headline({ ...sampleReport, totals })).toMatch(/^[\d,]+ calls become [\d,]+: [\d.]+ % fewer/)
  })
})

describe("a poller's pace", () => {
  it("is an interval, or the range of a timer that adapts", () => {
    const poller = { intervalSeconds: 60, jitterSeconds: 0.4 }
    expect(pace(poller)).toBe("60 s ± 0.4 s")
    expect(pace({ ...poller, adaptive: { fromSeconds: 60, toSeconds: 480, by: "news" } })).toBe(
      "60 s to 8 min, adaptive"
    )
  })
})

describe("what is unknown", () => {
  it("has its reason in the report", () => {
    const [first, ...others] = sampleReport.pollers
    const limits = sampleReport.rateLimits.map((limit) => ({
      ...limit,
      limitPerHour: 1_000,
      peakPerHourBefore: null,
      peakPerHourAfter: null
    }))
    const report = {
      ...sampleReport,
      pollers: [{ ...first!, changeRate: null, changeRateUnknown: "what it lists has no stamp" }, ...others],
      rateLimits: limits
    }
    const [page, markdown] = [renderHtml(report), renderMarkdown(report)]
    expect(page).toContain("How often it changes is unknown: what it lists has no stamp.")
    for (const one of [page, markdown]) expect(one).toContain("unknown: the window is shorter than an hour")
  })
})
