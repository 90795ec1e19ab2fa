import { Either } from "effect"
import { describe, expect, it } from "vitest"
import {
  baselineOf,
  failing,
  gatesOf,
  goneFrom,
  noBaseline,
  parseBaseline,
  renderBaseline
} from "../../src/gates/index.js"
import { knownBut, sampleReport } from "../support/sampleReport.js"

const noReplay = { ...sampleReport, replay: null }

describe("gates", () => {
  it("are only what was asked for, and the replay's parity", () => {
    expect(gatesOf(noReplay, { failUnder: null, failOn: [] })).toEqual([])
    expect(gatesOf(sampleReport, { failUnder: null, failOn: [] })).toMatchObject([{ name: "parity", passed: true }])
  })
  it("fail under the reduction that was asked for, and not at it", () => {
    const at = (failUnder: number) => gatesOf(noReplay, { failUnder, failOn: [] })[0]!.passed
    expect([at(sampleReport.totals.reduction), at(sampleReport.totals.reduction + 0.001)]).toEqual([true, false])
  })
  it("take a severity with the graver ones, or a rule by its name", () => {
    const rules = (failOn: string) => [
      ...new Set(failing(sampleReport.findings, [failOn]).map(({ severity }) => severity))
    ]
    expect(rules("error")).toEqual(["error"])
    expect(rules("warning")).toEqual(["error", "warning"])
    expect(rules("info")).toEqual(["error", "warning", "info"])
    expect(new Set(failing(sampleReport.findings, ["small-pages"]).map(({ rule }) => rule))).toEqual(
      new Set(["small-pages"])
    )
    expect(failing(sampleReport.findings, ["revoked-key"])).toEqual([])
  })
  it("let known findings through", () => {
    const report = { ...knownBut("small-pages"), replay: null }
    expect(gatesOf(report, { failUnder: null, failOn: ["error"] })[0]!.passed).toBe(true)
    expect(gatesOf(report, { failUnder: null, failOn: ["warning"] })[0]).toMatchObject({
      passed: false,
      message: "3 new findings that --fail-on asks about: small-pages"
    })
  })
})

describe("the baseline", () => {
  it("is read as it was written, and keeps its reasons when it is written anew", () => {
    const written = baselineOf(sampleReport.findings, noBaseline)
    const [first, ...rest] = written.findings
    const reasoned = { ...written, findings: [{ ...first!, reason: "the export goes next month" }, ...rest] }
    const read = Either.getOrThrow(parseBaseline(renderBaseline(reasoned)))
    expect(read).toEqual(reasoned)
    expect(baselineOf(sampleReport.findings, read)).toEqual(reasoned)
  })
  it("knows what is no longer found", () => {
    const all = baselineOf(sampleReport.findings, noBaseline)
    expect(goneFrom(all, sampleReport.findings)).toEqual([])
    expect(goneFrom(all, sampleReport.findings.slice(1))).toEqual([all.findings[0]])
  })
  it.each([
    ["no JSON", "{", /JSON/],
    ["another version", '{"schemaVersion":2,"findings":[]}', /schemaVersion/],
    ["an entry without a fingerprint", '{"schemaVersion":1,"findings":[{"rule":"x","message":"y"}]}', /findings.0/]
  ])("is refused as %s", (_, text, words) => {
    const read = parseBaseline(text)
    expect(Either.isLeft(read) && read.left).toMatch(words)
  })
})
