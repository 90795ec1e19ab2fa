/** The committed sample report, as a report to take apart. */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import type { Finding } from "../../src/domain/Finding.js"
import type { Report } from "../../src/domain/Report.js"
import { root } from "./files.js"

export const sampleReport = JSON.parse(readFileSync(join(root, "reports/sample/report.json"), "utf8")) as Report

/** The same with all its findings known, but for those of one rule. */
export const knownBut = (rule: string): Report => ({
  ...sampleReport,
  findings: sampleReport.findings.map((finding): Finding => ({ ...finding, known: finding.rule !== rule }))
})
