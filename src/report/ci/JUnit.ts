/** `report.junit.xml`: gates and rules as test cases, for servers that show test results. */
import junit, { type Builder } from "junit-report-builder"
import { findingRules } from "../../analysis/index.js"
import type { Gate } from "../../domain/Gate.js"
import { visible, visibleLines } from "../../domain/PlainText.js"
import type { Report } from "../../domain/Report.js"

/** The package's types describe its other build. */
const make = junit as unknown as Builder

/** A rule fails on new findings above `info`; findings of `info` are its output. */
export const renderJUnit = (report: Report, gates: ReadonlyArray<Gate>): string => {
  // XML cannot hold most control characters.
  const builder = make.newBuilder().name("hookshift")
  const gateSuite = builder.testSuite().name("gates")
  for (const { message, name, passed } of gates) {
    const test = gateSuite.testCase().className("hookshift.gates").name(name)
    if (passed) test.standardOutput(visibleLines(message))
    else test.failure(visibleLines(message), name)
  }
  const ruleSuite = builder.testSuite().name("findings")
  for (const { id, title } of findingRules) {
    const found = report.findings.filter(({ rule }) => rule === id)
    const fresh = found.filter(({ known, severity }) => !known && severity !== "info")
    const test = ruleSuite.testCase().className("hookshift.findings").name(`${id}: ${title}`)
    const told = (some: typeof found) =>
      some.map(({ fix, message }) => `${visible(message)}\n  fix: ${visible(fix)}`).join("\n")
    if (fresh.length > 0) test.failure(told(fresh), fresh[0]!.severity)
    else if (found.some(({ known }) => known)) test.skipped()
    else if (found.length > 0) test.standardOutput(told(found))
  }
  return `${builder.build()}\n`
}
