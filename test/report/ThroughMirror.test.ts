/** The way through the mirror, as reports tell it: of a poller that it serves, and of one that it does not. */
import { describe, expect, it } from "vitest"
import type { PollerMirror } from "../../src/domain/MirrorWay.js"
import type { Report } from "../../src/domain/Report.js"
import { renderMarkdown } from "../../src/report/index.js"
import { renderHtml } from "../../src/report/service.js"
import { sampleReport } from "../support/sampleReport.js"

const way = {
  calls: 1_300,
  through: 800,
  checks: 90,
  reads: 200,
  reconciliation: 150,
  hydration: 147,
  upkeep: 2,
  retries: 1
}
const served: PollerMirror = {
  served: true,
  calls: 24,
  callsADay: 24,
  reduction: 0.9833,
  through: { credential: 20, shape: 4 },
  freshnessSeconds: { p50: 34, p95: 61, max: 90 },
  burden: "one base URL, no code"
}
const unserved: PollerMirror = {
  ...served,
  served: false,
  calls: 288,
  reduction: 0,
  through: { endpoint: 288 },
  freshnessSeconds: null
}

const { mirror: _, ...plan } = sampleReport.plan!
const [first, second, ...others] = sampleReport.pollers
const without: Report = {
  ...sampleReport,
  plan,
  pollers: sampleReport.pollers.map(({ mirror: _, ...poller }) => poller)
}
const report: Report = {
  ...without,
  plan: { ...plan, mirror: way },
  pollers: [
    { ...first!, mirror: served },
    { ...second!, mirror: unserved },
    ...others.map((poller) => ({ ...poller, mirror: null }))
  ]
}
const fewer = `${((1 - 1_300 / sampleReport.totals.calls) * 100).toFixed(1)} %`

describe("the way through the mirror", () => {
  it("is a row of the plan, with how many it serves, and what it is made of", () => {
    const markdown = renderMarkdown(report)
    expect(markdown).toContain(
      `| the programs as they are, through the mirror (1 of ${report.pollers.length} served) | 1,300 | ${fewer} |`
    )
    expect(markdown).toContain(
      "800 calls go through (90 check a credential), it reads 200, its receiver makes 299, 1 retried (a point forecast)"
    )
  })
  it("names the types that its receiver reconciles besides, how often, and their events", () => {
    const added = [
      {
        account: "acme.freshdesk.com",
        entity: "contact",
        everySeconds: 14_400,
        busy: { everySeconds: 720, hours: "6-18" },
        events: ["contact_create", "contact_update"]
      },
      { account: "<b>", entity: "company", everySeconds: 14_400, events: [] }
    ]
    const markdown = renderMarkdown({ ...report, plan: { ...plan, mirror: { ...way, added } } })
    expect(markdown).toContain(
      "- beside the plan its receiver reconciles contact of acme.freshdesk.com every 12m from 6 to 18 UTC, else every 4h, and subscribes to contact\\_create, contact\\_update"
    )
    expect(markdown).toMatch(/reconciles company of .*b.* every 4h\n/)
    expect(markdown).not.toContain("<b>")
    expect(renderMarkdown(report)).not.toContain("beside the plan")
  })
  it("is told of each poller on the page, and an unserved one gets no promise", () => {
    const page = renderHtml(report)
    expect(page).toContain("24 of 1,440 calls reach the provider, 98.3 % fewer, p95 61 s of what it answers.")
    expect(page).toContain("Why they go through: <code>credential</code> 20, <code>shape</code> 4.")
    const sentence = page.slice(page.indexOf("Not served by the mirror:"))
    expect(sentence.slice(0, sentence.indexOf("</p>"))).toMatch(
      /all of its requests would go through \(<code>endpoint<\/code> 288\)\.$/
    )
    expect(page.match(/Not served by the mirror/g)).toHaveLength(1)
  })
  it("is not there where it is not forecast, or serves none", () => {
    for (const text of [renderMarkdown(without), renderHtml(without)]) expect(text).not.toMatch(/through the mirror/i)
  })
})
