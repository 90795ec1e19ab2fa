import { describe, expect, it } from "vitest"
import { modelBeside, replayVerdict } from "../../src/domain/ReplayVerdict.js"
import type { ReplayResult } from "../../src/domain/Report.js"
import { gatesOf } from "../../src/gates/index.js"
import { renderMarkdown } from "../../src/report/index.js"
import { sampleReport } from "../support/sampleReport.js"

const replay = sampleReport.replay!
const difference = {
  account: "acme.freshdesk.com",
  entity: "ticket",
  entityId: "7",
  polling: "2026-03-02T10:00:00.000Z",
  webhook: null
}
const failed: ReplayResult = {
  ...replay,
  webhook: { ...replay.webhook, missed: 140 },
  parity: { equal: false, differences: [difference], differing: 123, onlyWebhook: 0 }
}

describe("a replay's verdict", () => {
  it("is the same for the report, the gate and the exit code", () => {
    for (const one of [replay, failed]) {
      const { holds, sentence } = replayVerdict(one)
      const report = { ...sampleReport, replay: one }
      const [gate] = gatesOf(report, { failUnder: null, failOn: [] })
      expect(gate!.passed).toBe(holds)
      expect(gate!.message).toContain(sentence)
      expect(renderMarkdown(report)).toContain(sentence)
      expect(renderMarkdown(report).includes("do not cut over")).toBe(!holds)
    }
  })
  it("counts all differences, not the hundred that are listed", () => {
    expect(replayVerdict(failed)).toEqual({
      holds: false,
      sentence: "the replay found 123 differences between the two paths"
    })
  })
  it("says of what neither path brought that it is no difference", () => {
    const both = { ...replay, webhook: { ...replay.webhook, missed: 1 }, parity: { ...replay.parity, equal: true } }
    expect(replayVerdict(both)).toEqual({
      holds: true,
      sentence:
        "the replay found both paths to end with the same; 1 change that polling did not bring either came by no event"
    })
  })
})

describe("the model of the same day, beside the wire", () => {
  const model = { changes: 12, estimated: 2, missed: 0, differences: 0 }
  const wire: ReplayResult = { ...replay, driver: "wire", model, webhook: { ...replay.webhook, missed: 0 } }
  it("agrees, or the report says that it does not and whose verdict counts", () => {
    expect(modelBeside(wire)).toBe(
      "The model of the same day agrees: 12 changes (2 of them added by the estimated rate), 0 missed, 0 differences."
    )
    expect(modelBeside({ ...failed, driver: "wire", model })).toMatch(
      /^\*\*The model of the same day does not agree:\*\* 12 changes.*140 missed, 123 differences\. The verdict is the wire's/
    )
  })
  it("is not told where there is none", () => {
    expect(modelBeside({ ...wire, driver: "model" })).toBeNull()
    const { model: _, ...alone } = wire
    expect(modelBeside(alone)).toBeNull()
  })
})
