/** Reports of accounts whose source sets `reconcile.every`: no promise of a plan is claimed for them. */
import { describe, expect, it } from "vitest"
import type { AnalysisSettings } from "../../src/analysis/index.js"
import { renderMarkdown } from "../../src/report/index.js"
import { renderHtml } from "../../src/report/service.js"
import { builtReport } from "../support/builtReport.js"
import { makeRecording, start } from "../support/recording.js"

const planned: AnalysisSettings = {
  window: { from: start, to: start + 86_400_000 },
  reconcileSeconds: 14_400,
  healWithinSeconds: 14_400,
  routes: {},
  plans: {}
}
const [one, other] = ["one.freshdesk.com", "other.freshdesk.com"]

/** Tickets listed each minute; one changes each hour, in turn its status and a field that no event tells of. */
const polled = (accounts: ReadonlyArray<string>) => {
  const recording = makeRecording()
  for (const account of accounts) {
    const tickets = recording.stream({ account, template: "/api/v2/tickets", query: "updated_since=*" })
    for (let sweep = 0; sweep < 1440; sweep++) {
      const call = recording.call(tickets, sweep * 60)
      if (sweep % 60 === 1)
        recording.version(tickets, call, "1", sweep * 60 - 20, [sweep % 120 === 1 ? "status" : "custom_fields.cf_x"])
    }
  }
  return recording.done()
}

const setTo = (every: number, account = one) => ({ [account]: { every, own: {} } })
const promise = "No poller gets staler at p95 than it is today"

describe("a source that sets reconcile.every", () => {
  it("is reported as --reconcile is: without the plan's promises, and with its own interval", () => {
    const bySetting = builtReport(polled([one]), { ...planned, reconcile: setTo(7_200) })
    const { healWithinSeconds: _, ...given } = { ...planned, reconcileSeconds: 7_200 }
    const byOption = builtReport(polled([one]), given)
    expect(bySetting.plan).toBeUndefined()
    expect(bySetting.settings.reconcileSeconds).toBe(7_200)
    const { setIntervals, ...settings } = bySetting.settings
    expect(setIntervals).toEqual([{ account: one, everySeconds: 7_200 }])
    // Apart from the option, which the setting makes needless.
    const withOption = renderMarkdown({ ...bySetting, settings })
    expect(withOption).toBe(renderMarkdown(byOption))
    const text = renderMarkdown(bySetting)
    expect(text).toBe(withOption.replace(" behind TLS, with `--reconcile 7200s`, and hand", " behind TLS and hand"))
    expect(text).toContain("these and lost pushes within 2 h.")
    expect(text).toContain("a lost push goes unnoticed for up to 2 h")
    for (const shown of [text, renderHtml(bySetting)]) expect(shown).not.toContain("staler")
  })
  it("is named as an exception beside accounts that are planned", () => {
    const report = builtReport(polled([one, other]), { ...planned, reconcile: setTo(28_800) })
    const text = renderMarkdown(report)
    expect(text).toContain(
      `${promise}. That does not hold for one.freshdesk.com, whose source sets \`reconcile.every\` (8 h): no plan is made of it.`
    )
    expect(text).toContain("Neither holds for one.freshdesk.com")
    expect(text).toContain("these and lost pushes within 8 h.")
    expect(text).not.toContain("--reconcile")
  })
  it("sets what the window is extrapolated to", () => {
    const { totals } = builtReport(polled([one]), { ...planned, reconcile: setTo(172_800) })
    expect(totals.extrapolation).toMatchObject({ restsOn: "reconciliation", toSeconds: 172_800 })
  })
  it("says the plan's promises where only types have intervals of their own", () => {
    const report = builtReport(polled([one]), {
      ...planned,
      reconcile: { [one]: { every: null, own: { ticket: 3_600 } } }
    })
    expect(renderMarkdown(report)).toContain(promise)
  })
})
