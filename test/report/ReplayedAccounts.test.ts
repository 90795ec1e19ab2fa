/** A replay of some of the accounts: every figure beside it is of the same ones, or says of which it is. */
import { describe, expect, it } from "vitest"
import type { Analysis } from "../../src/analysis/index.js"
import { fewerThanRecorded } from "../../src/audit/ModelledDay.js"
import type { Report } from "../../src/domain/Report.js"
import { isReplaced } from "../../src/domain/Verdict.js"
import { isInBand } from "../../src/report/decision/Band.js"
import { doubtsOf } from "../../src/report/decision/Doubts.js"
import { asPlayed, forecastOf } from "../../src/report/decision/Forecast.js"
import { tilesOf } from "../../src/report/decision/Tiles.js"
import { verdict } from "../../src/report/decision/Verdict.js"
import { renderMarkdown } from "../../src/report/index.js"
import { renderHtml } from "../../src/report/service.js"
import { keptBy } from "../../src/scenarios/PollerSpecs.js"
import { sampleReport } from "../support/sampleReport.js"

const stays = "acme.freshchat.com"
const account = sampleReport.accounts.find((one) => one.account === stays)!
const replay = sampleReport.replay!
/** As reports of an earlier version have it. */
const { accounts: _, model, ...unnamed } = replay
const { accounts: __, ...unnamedModel } = model!
const band = replay.runs!.bands["webhookCalls"]!
const { plan, totals } = sampleReport
/** Calls of the three others, played as they are, with the account's own tuning of 71 calls left out. */
const others = totals.callsAfter - account.callsAfter - (plan?.seldom ?? 0)

/** On one of four accounts no poller gives way: it is tuned by 71 calls, and is not played. */
const report: Report = {
  ...sampleReport,
  pollers: sampleReport.pollers.map((poller) =>
    poller.account === stays ? { ...poller, verdict: "tune", callsAfter: Math.min(poller.calls, 25) } : poller
  ),
  replay: {
    ...unnamed,
    model: unnamedModel,
    runs: {
      ...replay.runs!,
      bands: { ...replay.runs!.bands, webhookCalls: { low: others - 2, median: others, high: others + 2 } }
    }
  }
}
const played = sampleReport.accounts.map((one) => one.account).filter((one) => one !== stays)
const named: Report = {
  ...report,
  replay: { ...report.replay!, accounts: played, model: { ...unnamedModel, accounts: played } }
}
const part = "3 of 4 accounts, those with a poller that gives way"

describe.each([
  ["that names its accounts", named],
  ["of an earlier version", report]
])("a replay %s", (_, of) => {
  it("is held against the forecast of the same accounts", () => {
    const forecast = forecastOf(of)
    expect(forecast).toMatchObject({
      calls: totals.calls - account.calls,
      callsAfter: totals.callsAfter - account.callsAfter,
      tunedAway: 0,
      leftOut: [{ account: stays }]
    })
    expect(asPlayed(forecast)).toBe(others)
    expect(isInBand(of)).toBe(true)
    expect(doubtsOf(of).join()).not.toContain("lies outside")
  })
  it("says in every format which accounts it is of, and what the others are", () => {
    expect(verdict(of)).toContain(`Over 1,779 changes of ${part}, the replay found`)
    for (const text of [renderMarkdown(of), renderHtml(of).replace(/<[^>]*>/g, "")]) {
      expect(text).toContain(`Replayed are ${part}:`)
      expect(text).toContain(`Not replayed: ${stays} (887 calls now, ${account.callsAfter} after).`)
      expect(text).toContain(`The forecast said ${others} calls for these accounts`)
      expect(text).toContain("of their calls apart")
      expect(text).toContain(`The forecast, ${others} calls, lies in the band.`)
    }
  })
  it("names them beside a band that the forecast lies outside of", () => {
    const low = others + 100
    const bands = { ...of.replay!.runs!.bands, webhookCalls: { low, median: low, high: low } }
    const outside = { ...of, replay: { ...of.replay!, runs: { ...of.replay!.runs!, bands } } }
    expect(doubtsOf(outside).join()).toContain(`(${others} calls as the replay plays them, of ${part}) lies outside`)
    expect(tilesOf(outside)[0]!.note).toContain(`modelled days of ${part}: `)
  })
})

describe("a replay of all accounts", () => {
  it("names none", () => {
    for (const text of [verdict(sampleReport), renderMarkdown(sampleReport), renderHtml(sampleReport)]) {
      expect(text).not.toContain("accounts, those with")
      expect(text).not.toContain("Replayed are")
    }
  })
})

describe("the modelled days", () => {
  it("are not held against the forecast of a longer window", () => {
    const far = { ...band, low: 1, median: 1, high: 1 }
    const days = (from: string): Report => ({
      ...sampleReport,
      window: { ...sampleReport.window, from },
      replay: { ...replay, runs: { ...replay.runs!, bands: { ...replay.runs!.bands, webhookCalls: far } } }
    })
    expect(isInBand(days(replay.window.from))).toBe(false)
    const longer = days("2026-02-20T00:00:00.000Z")
    expect(isInBand(longer)).toBe(true)
    expect(doubtsOf(longer).join()).not.toContain("lies outside")
    expect(renderHtml(longer)).not.toContain("lies outside the band")
  })
  it("reduce the calls that were recorded where the modelled pollers make others, as they never pause", () => {
    const of = (median: number) => ({ low: median - 10, median, high: median + 10 })
    const runs = {
      ...replay.runs!,
      bands: { pollingCalls: of(800), webhookCalls: of(60), reduction: { low: 0.9, median: 0.93, high: 0.95 } }
    }
    expect(fewerThanRecorded(runs, 200).bands["reduction"]).toEqual({ low: 0.65, median: 0.7, high: 0.75 })
    expect(fewerThanRecorded(runs, 790)).toBe(runs)
  })
  it("have the calls of pollers that stay beside others of the same program, as they are", () => {
    const [first] = sampleReport.pollers.filter(isReplaced)
    const analysis = {
      window: { from: 0, to: 1_000 },
      accounts: [{ account: "a", callsAfterBreakdown: { kept: 10, tuned: 6 } }],
      pollers: [
        { ...first!, account: "a" },
        { ...first!, account: "a", verdict: "tune", calls: 14, callsAfter: 6 },
        { ...first!, account: "b", verdict: "tune", calls: 14, callsAfter: 6 }
      ]
    } as unknown as Analysis
    expect(keptBy(analysis, "a", { from: 0, to: 1_000 })).toBe(24)
    expect(keptBy(analysis, "a", { from: 500, to: 1_000 })).toBe(12)
  })
})
