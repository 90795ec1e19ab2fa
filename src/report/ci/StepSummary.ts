/** The step summary of a build: headline, gates, pollers, new findings. The report has the rest. */
import { markdownTable } from "markdown-table"
import type { Gate } from "../../domain/Gate.js"
import type { Report } from "../../domain/Report.js"
import { headline } from "../markdown/Headline.js"
import { code, count, pace, percent, some, text } from "../markdown/Words.js"

const mostRows = 20

export const renderStepSummary = (report: Report, gates: ReadonlyArray<Gate>): string => {
  const fresh = report.findings.filter(({ known }) => !known)
  const known = report.findings.length - fresh.length
  const pollers = report.pollers.slice(0, mostRows)
  const more = (all: number, noun: string) => (all > mostRows ? [`… and ${some(all - mostRows, noun)} more.`, ""] : [])
  return [
    `## ${headline(report)}`,
    "",
    ...gates.map(({ message, passed }) => `- ${passed ? "✅" : "❌"} ${text(message)}`),
    ...(gates.length === 0 ? [] : [""]),
    markdownTable(
      [
        ["integration", "endpoint", "every", "calls", "after", "fewer", "verdict"],
        ...pollers.map((poller) => [
          text(poller.integration),
          code(poller.endpoint),
          pace(poller),
          count(poller.calls),
          count(poller.callsAfter),
          percent(poller.reduction),
          poller.verdict
        ])
      ],
      { align: ["l", "l", "r", "r", "r", "r", "l"] }
    ),
    "",
    ...more(report.pollers.length, "poller"),
    ...fresh
      .slice(0, mostRows)
      .map(({ message, rule, severity }) => `- **${severity}** ${code(rule)}: ${text(message)}`),
    ...more(fresh.length, "finding"),
    ...(known === 0 ? [] : ["", `${some(known, "finding")} known from the baseline.`]),
    ""
  ].join("\n")
}
