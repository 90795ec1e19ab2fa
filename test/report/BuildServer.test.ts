/** The formats for build servers: SARIF, JUnit, a summary; and the schema that report.json keeps to. */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { Ajv } from "ajv"
import type { Log } from "sarif"
import { describe, expect, it } from "vitest"
import { findingRules } from "../../src/analysis/index.js"
import { firstSteps } from "../../src/report/decision/FirstSteps.js"
import { tilesOf } from "../../src/report/decision/Tiles.js"
import { formats, renderStepSummary } from "../../src/report/service.js"
import { root } from "../support/files.js"
import { knownBut, sampleReport } from "../support/sampleReport.js"

const isoTime = /\d{4}-\d{2}-\d{2}T\d{2}:\d{2}/

const gates = [{ name: "findings", passed: false, message: "2 new findings | of error" }] as const

describe("report.sarif", () => {
  const log = JSON.parse(formats.sarif.render(sampleReport)) as Log
  const results = log.runs[0]!.results!
  it("has each finding with its rule, level and fingerprint", () => {
    expect(log.runs[0]!.tool.driver.rules!.map(({ id }) => id)).toEqual(findingRules.map(({ id }) => id))
    expect(results.map(({ partialFingerprints }) => partialFingerprints!["hookshift/v1"])).toEqual(
      sampleReport.findings.map(({ fingerprint }) => fingerprint)
    )
    for (const [at, { level, ruleId, ruleIndex }] of results.entries()) {
      const { rule, severity } = sampleReport.findings[at]!
      expect([ruleId, findingRules[ruleIndex!]!.id, level]).toEqual([
        rule,
        rule,
        severity === "info" ? "note" : severity
      ])
    }
  })
  it("leads to the finding in report.json", () => {
    const lines = formats.json.render(sampleReport).split("\n")
    for (const [at, { locations }] of results.entries()) {
      const { artifactLocation, region } = locations![0]!.physicalLocation!
      expect(artifactLocation!.uri).toBe("report.json")
      expect(lines[region!.startLine! - 1]).toContain(sampleReport.findings[at]!.fingerprint)
    }
  })
  it("suppresses what the baseline knows", () => {
    const known = JSON.parse(formats.sarif.render(knownBut("small-pages"))) as Log
    for (const { ruleId, suppressions } of known.runs[0]!.results!)
      expect(suppressions === undefined, ruleId).toBe(ruleId === "small-pages")
  })
})

describe("report.junit.xml", () => {
  it("has a case for each gate and rule, and fails those that found something new", () => {
    const xml = formats.junit.render(knownBut("small-pages"), gates)
    expect(xml).toContain(`<testsuites name="hookshift" tests="${findingRules.length + 1}" failures="2"`)
    const failed = xml.match(/<testcase [^>]*name="[^"]*">\s*<failure/g)!
    expect(failed.map((one) => /name="([^":]*)/.exec(one.replace(/class/, ""))![1])).toEqual([
      "hookshift.gates",
      "hookshift.findings"
    ])
    expect(xml).toContain('name="small-pages: Reads many small pages">\n      <failure')
    expect(xml).toMatch(/name="throttling-ignored: [^>]*>\s*<skipped\/>/)
  })
  it("escapes what users name", () => {
    const xml = formats.junit.render(
      { ...sampleReport, findings: [{ ...sampleReport.findings[0]!, message: 'a "<b>" & \u0007 job' }] },
      []
    )
    expect(xml).toContain("a &quot;&lt;b>&quot; &amp; \\x07 job")
    expect(xml).not.toContain("\u0007")
  })
})

describe("the summary", () => {
  it("has the headline, the gates, each poller, and only what is new", () => {
    const summary = formats.summary.render(knownBut("small-pages"), gates)
    expect(formats.summary.file).toBe("summary.md")
    expect(summary).toContain(`## ${sampleReport.totals.calls.toLocaleString("en-US")} calls become`)
    expect(summary).toContain("- ❌ 2 new findings \\| of error")
    for (const { integration } of sampleReport.pollers) expect(summary).toContain(integration)
    for (const { after, label, now } of tilesOf(sampleReport))
      expect(summary).toContain(`| **${label}** | ${now} | ${after} |`)
    for (const { title } of firstSteps(knownBut("small-pages"))) expect(summary).toContain(`**${title}.**`)
    expect(summary.match(/^- \*\*(?:error|warning|info)\*\*/gm)).toHaveLength(1)
    expect(summary).not.toMatch(isoTime)
    expect(Buffer.byteLength(renderStepSummary(sampleReport, gates))).toBeLessThan(9_000)
    expect(summary).toContain(`${sampleReport.findings.length - 3} findings known from the baseline.`)
  })
})

describe("report.schema.json", () => {
  const validate = new Ajv({ allErrors: true }).compile(
    JSON.parse(readFileSync(join(root, "dist/report.schema.json"), "utf8"))
  )
  it("takes the sample report", () => {
    expect(validate(sampleReport), JSON.stringify(validate.errors)).toBe(true)
  })
  it.each([
    ["a missing key", { ...sampleReport, totals: { ...sampleReport.totals, callsAfter: undefined } }],
    ["a share in words", { ...sampleReport, totals: { ...sampleReport.totals, reduction: "72 %" } }],
    ["an unknown verdict", { ...sampleReport, pollers: [{ ...sampleReport.pollers[0], verdict: "maybe" }] }]
  ])("refuses %s", (_, report) => {
    expect(validate(JSON.parse(JSON.stringify(report)))).toBe(false)
  })
  it("says what the keys mean", () => {
    const schema = JSON.parse(readFileSync(join(root, "dist/report.schema.json"), "utf8"))
    expect(schema.definitions.Report.properties.totals.properties.reductionInterval.description).toContain("95 of 100")
  })
})

describe("plan.schema.json", () => {
  const schema = JSON.parse(readFileSync(join(root, "dist/plan.schema.json"), "utf8"))
  const validate = new Ajv({ allErrors: true, strict: false }).compile(schema)
  const plan = (reconcile: unknown) => ({
    version: 1,
    healWithinSeconds: 14_400,
    accounts: [
      {
        account: "acme.freshdesk.com",
        product: "freshdesk",
        routes: [{ route: "app", events: [{ event: "ticket_update", watches: [] }] }],
        reconcile,
        pollers: []
      }
    ]
  })
  it("takes a plan, and says what its keys mean", () => {
    expect(validate(plan({ ticket: 3_600, conversation: "off" })), JSON.stringify(validate.errors)).toBe(true)
    // Where pollers are only tuned, no event is needed.
    const tuned = { ...plan({}), slo: "ticket=30m@p95", accounts: [{ ...plan({}).accounts[0], routes: [] }] }
    expect(validate(tuned), JSON.stringify(validate.errors)).toBe(true)
    expect(JSON.stringify(schema)).toContain("the longest that a lost push may stay unnoticed")
  })
  it.each([
    ["an interval in words", plan({ ticket: "1h" })],
    ["a negative one", plan({ ticket: -1 })],
    [
      "an unknown route",
      { ...plan({}), accounts: [{ ...plan({}).accounts[0], routes: [{ route: "mail", events: [] }] }] }
    ],
    ["an unknown key", { ...plan({}), more: 1 }]
  ])("refuses %s", (_, wrong) => {
    expect(validate(wrong)).toBe(false)
  })
})
