import { describe, expect, it } from "vitest"
import { diffReports, renderDiff } from "../../src/diff/index.js"
import type { Report } from "../../src/domain/Report.js"
import { sampleReport as before } from "../support/sampleReport.js"

/** Two days after the cut-over of the first poller: half its window's calls a day are gone with it. */
const [first, second, ...others] = before.pollers
const after: Report = {
  ...before,
  window: { ...before.window, seconds: before.window.seconds * 2 },
  totals: { ...before.totals, calls: before.totals.calls * 2 - first!.calls * 2, throttled: 0 },
  // As another database has them: with other ids.
  pollers: [
    { ...second!, id: "p_other", calls: second!.calls * 2, intervalSeconds: second!.intervalSeconds * 2 },
    ...others.map((poller) => ({ ...poller, calls: poller.calls * 2 })),
    { ...first!, id: "p_new", integration: "newcomer", calls: 48 }
  ],
  findings: [...before.findings.slice(1), { ...before.findings[0]!, fingerprint: "f".repeat(16), rule: "shared-key" }],
  subscriptions: before.subscriptions.map((line, at) => (at === 0 ? { ...line, state: "active" } : line))
}

describe("two audits", () => {
  const diff = diffReports(before, after)
  it("are counted by the day, whatever their windows", () => {
    expect(diff.callsPerDay).toEqual({
      before: before.totals.calls,
      after: before.totals.calls - first!.calls
    })
    expect(diff.reduction).toBeCloseTo(first!.calls / before.totals.calls, 4)
    expect(diff.throttledPerDay).toEqual({ before: before.totals.throttled, after: 0 })
  })
  it("say which pollers are gone, new and changed", () => {
    const { appeared, changed, gone, unchanged } = diff.pollers
    const names = (some: typeof gone) => some.map(({ integration }) => integration)
    expect([names(gone), names(appeared), names(changed), unchanged]).toEqual([
      [first!.integration],
      ["newcomer"],
      [second!.integration],
      others.length
    ])
    expect(changed[0]!.intervalSeconds).toEqual({
      before: second!.intervalSeconds,
      after: second!.intervalSeconds * 2
    })
    expect(appeared[0]!.callsPerDay).toEqual({ before: null, after: 24 })
  })
  it("say which findings came and went", () => {
    expect(diff.findings.gone).toEqual([before.findings[0]])
    expect(diff.findings.appeared.map(({ rule }) => rule)).toEqual(["shared-key"])
    expect(diff.findings.stayed).toBe(before.findings.length - 1)
  })
  it("say what became of subscriptions", () => {
    expect(diff.subscriptions).toEqual([
      expect.objectContaining({ state: { before: before.subscriptions[0]!.state, after: "active" } })
    ])
  })
  it("find nothing between an audit and itself", () => {
    const same = diffReports(before, before)
    expect(same.reduction).toBe(0)
    expect([same.pollers.gone, same.pollers.appeared, same.pollers.changed]).toEqual([[], [], []])
    expect([same.findings.gone, same.findings.appeared, same.subscriptions]).toEqual([[], [], []])
    expect(renderDiff(same)).toContain("no change")
    expect(renderDiff(same)).toContain("Nothing got worse.")
  })
  it("are told in words", () => {
    const text = renderDiff(diff)
    const [then, now] = [before.totals.calls, before.totals.calls - first!.calls].map((calls) =>
      calls.toLocaleString("en-US")
    )
    expect(text).toContain(`${then} → ${now} calls a day: 27.6 % fewer`)
    expect(text).toContain(`| gone | ${first!.integration} |`)
    expect(text).toContain("1. **`shared-key` is new.**")
    expect(text).not.toMatch(/\d{2}T\d{2}:\d{2}/)
    expect(text).toContain("- new **error** `shared-key`")
  })
  it("show calls by the day without decimals, unless they are few", () => {
    const odd = (seconds: number): Report => ({
      ...before,
      window: { ...before.window, seconds },
      totals: { ...before.totals, calls: 3_000, throttled: 1 }
    })
    const text = renderDiff(diffReports(odd(50_000), odd(70_000)))
    expect(text).toContain("# 5,184 → 3,703 calls a day: ")
    expect(text).toContain("| 1.7 | 1.2 |")
  })
})
