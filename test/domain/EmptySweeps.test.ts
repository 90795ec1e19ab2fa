import { describe, expect, it } from "vitest"
import { countedSweeps, emptyShareOf } from "../../src/domain/EmptySweeps.js"
import { emptyShareText, renderMarkdown } from "../../src/report/index.js"
import { sampleReport } from "../support/sampleReport.js"

describe("the share of empty sweeps", () => {
  it("is of the sweeps whose find is known: not the first, no failed one, no unread one", () => {
    expect(countedSweeps({ sweeps: 20, failedSweeps: 2, unreadSweeps: 1 })).toBe(16)
    expect(emptyShareOf({ sweeps: 20, failedSweeps: 2, unreadSweeps: 1, emptySweeps: 12 })).toBe(0.75)
  })

  it("is unknown where no sweep counts, or bodies are unknown", () => {
    expect(emptyShareOf({ sweeps: 1, emptySweeps: 0 })).toBeNull()
    expect(emptyShareOf({ sweeps: 3, failedSweeps: 2, emptySweeps: 0 })).toBeNull()
    expect(emptyShareOf({ sweeps: 20, emptySweeps: null })).toBeNull()
  })

  it("is the same in the report as in the list of pollers", () => {
    const [first] = sampleReport.pollers
    const poller = { ...first!, sweeps: 16, failedSweeps: 0, unreadSweeps: 0, emptySweeps: 12 }
    const report = { ...sampleReport, pollers: [poller], totals: { ...sampleReport.totals, emptySweeps: 12 } }
    const text = renderMarkdown(report)
    expect(emptyShareText(poller)).toBe("80 %")
    expect(text).toContain("12 of their 15 sweeps after the first found nothing new")
    expect(text).toMatch(/\| +80 % \|/)
  })
})
