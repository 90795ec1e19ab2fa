/** The first screen of a report: verdict, four figures, first steps, doubts, by what the report says. */
import { describe, expect, it } from "vitest"
import { roundedDuration } from "../../src/domain/DurationText.js"
import type { Report } from "../../src/domain/Report.js"
import { callsADay } from "../../src/report/decision/CallsADay.js"
import { doubtsOf } from "../../src/report/decision/Doubts.js"
import { firstSteps } from "../../src/report/decision/FirstSteps.js"
import { tilesOf } from "../../src/report/decision/Tiles.js"
import { subtitleOf, titleOf } from "../../src/report/decision/Title.js"
import { verdict } from "../../src/report/decision/Verdict.js"
import { sampleReport as report } from "../support/sampleReport.js"

const replay = report.replay!
const errors = report.findings.filter(({ severity }) => severity === "error").length
const staying: Report = {
  ...report,
  pollers: report.pollers.map((poller) => ({ ...poller, verdict: "keep", callsAfter: poller.calls }))
}
const titles = (of: Report) => firstSteps(of).map(({ title }) => title)
const tile = (of: Report, label: string) => tilesOf(of).find((one) => one.label.startsWith(label))!

describe("the title", () => {
  it("names two accounts and counts the rest, with the window and the date as people read them", () => {
    const [first, second] = report.accounts.map(({ account }) => account)
    expect(titleOf(report)).toBe(`Polling to webhooks: ${first}, ${second}, and 2 more accounts`)
    expect(titleOf({ accounts: report.accounts.slice(0, 1) })).toBe(`Polling to webhooks: ${first}`)
    expect(titleOf({ accounts: [] })).toBe("Polling to webhooks")
    expect(subtitleOf({ ...report, generatedAt: "2026-03-05T11:22:33.444Z" })).toContain("Report of 5 March 2026.")
  })
})

describe("the verdict", () => {
  it.each<[string, Report]>([
    ["Worth moving", report],
    ["Not yet", { ...report, replay: { ...replay, parity: { ...replay.parity, equal: false, differing: 3 } } }],
    ["Leave it as it is", staying],
    [
      "Poll less, without webhooks",
      { ...staying, pollers: staying.pollers.map((one) => ({ ...one, callsAfter: one.calls / 2 })) }
    ]
  ])("begins with %s", (words, of) => {
    expect(verdict(of)).toMatch(new RegExp(`^\\*\\*${words}: `))
  })
  it("says what makes the figures too low", () => {
    expect(verdict({ ...report, totals: { ...report.totals, recordsLost: 7 } })).toContain("The recorder lost 7 calls")
  })
  it("says which faults the calls count, and that freshness is promised without them", () => {
    const faults = "drop=0.02,receiverDown=2h"
    const told = verdict({ ...report, settings: { ...report.settings, faults } })
    expect(told).toContain("staler at p95 than it is today, the faults aside.")
    expect(told).toContain(`The calls after count what \`--faults ${faults}\` costs.`)
    expect(verdict(report)).not.toContain("faults")
  })
})

describe("the four figures", () => {
  it("are those of the pollers that stay, where none moves", () => {
    const alone = { ...staying, replay: null }
    const slowest = Math.max(...staying.pollers.map(({ freshnessSeconds }) => freshnessSeconds?.p95 ?? 0))
    const kept = alone.pollers.map((one) => ({ ...one, forecastFreshnessSeconds: one.freshnessSeconds }))
    const { after, note, now } = tile({ ...alone, pollers: kept }, "Freshness")
    expect([now, after]).toEqual([roundedDuration(slowest), roundedDuration(slowest)])
    expect(note).toContain("It stays polled.")
    expect(tile(alone, "Changes").note).toMatch(/^No poller gives way to webhooks, so no push can be lost\. /)
  })
  it("say which pollers saw no change", () => {
    const [first, second] = report.pollers.filter(({ coverage }) => coverage !== null)
    const still = { ...first!, freshnessSeconds: null, coverage: { changes: 0, pushed: 0, uncoveredFields: {} } }
    const of = (...pollers: Report["pollers"]) => tile({ ...report, replay: null, pollers }, "Freshness").note
    expect(of(still)).toBe("No change was seen yet.")
    expect(of(still, { ...second!, verdict: "keep" })).toBe("The pollers that move saw no change yet.")
    expect(of({ ...first!, freshnessSeconds: null })).toBe("No stamp tells when something changed.")
  })
  it("count calls by the day, whatever the window", () => {
    const half = { ...report, window: { ...report.window, seconds: 43_200 } }
    expect(callsADay(half)).toMatchObject({ now: report.totals.calls * 2, from: 43_200 })
    expect(tile(half, "Calls").note).toContain("Scaled from 12 h")
    expect(tile(report, "Calls").note).not.toContain("Scaled")
  })
  it("take the tightest account's limit, and tell refusals below it", () => {
    const [first, ...others] = report.rateLimits.map(({ endpoints: _, ...whole }) => whole)
    const limits = (peak: number) => ({
      ...report,
      rateLimits: [{ ...first!, limitPerMinute: 100, peakPerMinuteBefore: peak, peakPerMinuteAfter: 10 }, ...others]
    })
    expect(tile(limits(60), "Rate limit")).toMatchObject({ now: "40 %", after: "90 %", better: true })
    expect(tile(limits(150), "Rate limit").now).toBe("0 %")
    const refused = `${report.totals.throttled} calls refused (429) now on acme.freshdesk.com`
    expect(tile(limits(60), "Rate limit").note).toContain(`${refused}, below its limit: programs were not recorded`)
    // An endpoint's own limit, which is reached, is cause enough.
    const { note } = tile(report, "Rate limit")
    expect(note).toContain("of 20 a minute for `GET /api/v2/tickets` on acme.freshdesk.com")
    expect(note).toContain(`${refused}.`)
    const unlimited = { ...report, rateLimits: [] }
    expect(tile(unlimited, "Rate limit")).toMatchObject({ now: "unknown", after: "unknown", better: false })
  })
  it("take freshness and losses from the replay, and say where there is none", () => {
    expect(tile(report, "Freshness").note).toContain(
      `The stalest took ${roundedDuration(replay.webhook.freshnessSeconds!.max)} (polling: `
    )
    const without = { ...report, replay: null }
    expect(tile(without, "Freshness").note).toContain("no replay was made")
    expect(tile(without, "Changes")).toMatchObject({ now: "unknown", after: "unknown" })
    const worse = { ...report, replay: { ...replay, webhook: { ...replay.webhook, missed: 40 } } }
    expect(tile(worse, "Changes")).toMatchObject({ after: "40", better: false })
  })
})

describe("the first steps", () => {
  it("are three: errors, the account that saves most, the poller that saves most", () => {
    expect(titles(report)).toEqual([
      `Mend ${errors} errors in the programs as they are, before anything moves`,
      "Set up webhooks on acme.freshdesk.com first",
      "Let both paths run for some days, then switch off helpdesk-mirror"
    ])
  })
  it("compare the poller to switch off with those that move alone", () => {
    const detail = (pollers: Report["pollers"]) =>
      firstSteps({ ...report, pollers, findings: [] }).find(({ title }) => title.includes("switch off"))!.detail
    expect(detail(report.pollers)).toContain("calls, more than any other poller that moves. The risk")
    expect(detail(report.pollers.slice(0, 1))).toMatch(/saves [\d,]+ calls\. The risk/)
  })
  it("begin with what forbids to go on", () => {
    const apart = { ...report, replay: { ...replay, parity: { ...replay.parity, equal: false, differing: 3 } } }
    expect(titles(apart)[0]).toBe("Switch nothing off yet")
    expect(titles({ ...report, pollers: [] })[0]).toBe("Record for longer")
  })
  it("leave known findings out", () => {
    const known = { ...report, findings: report.findings.map((finding) => ({ ...finding, known: true })) }
    expect(titles(known)).not.toContainEqual(expect.stringContaining("Mend"))
  })
  it("spare calls where nothing moves", () => {
    const tuned = { ...staying, findings: staying.findings.filter(({ severity }) => severity === "warning") }
    expect(titles(tuned)[0]).toBe("Spare calls of warehouse-export")
  })
})

describe("the doubts", () => {
  it("tell that modelled days say otherwise", () => {
    const bands = { ...replay.runs!.bands }
    const withBand = (low: number, high: number): Report => ({
      ...report,
      replay: {
        ...replay,
        runs: { ...replay.runs!, bands: { ...bands, webhookCalls: { low, median: (low + high) / 2, high } } }
      }
    })
    const outside = "lies outside what 200 modelled days make"
    expect(doubtsOf(withBand(900, 1_000)).join()).toContain(outside)
    expect(doubtsOf(withBand(500, 1_000)).join()).not.toContain(outside)
    expect(tile(withBand(900, 1_000), "Calls").note).toContain("200 modelled days")
    expect(tile(withBand(500, 1_000), "Calls").note).not.toContain("modelled")
  })
})
