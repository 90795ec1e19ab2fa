/**
 * The summary of an audit for a build's page or a pull request: headline, gates, four figures, first steps, pollers,
 * new findings. The report has the rest.
 */
import type { Gate } from "../../domain/Gate.js"
import type { Report } from "../../domain/Report.js"
import { isShort } from "../decision/CallsADay.js"
import { headline } from "../decision/Headline.js"
import { subtitleOf, titleOf } from "../decision/Title.js"
import { findingLines } from "../markdown/Findings.js"
import { doFirst, doubts, tiles } from "../markdown/FirstScreen.js"
import { fold } from "../markdown/Fold.js"
import { code, count, pace, percent, some, table, text } from "../markdown/Words.js"

const mostRows = 20

export const renderStepSummary = (report: Report, gates: ReadonlyArray<Gate>): string => {
  const known = report.findings.filter((finding) => finding.known).length
  const fresh = findingLines(report, false)
  const more = (all: number, noun: string) => (all > mostRows ? [`… and ${some(all - mostRows, noun)} more.`] : [])
  return `${[
    `## ${headline(report)}`,
    `${titleOf(report)}. ${subtitleOf(report)}`,
    ...(gates.length === 0
      ? []
      : [gates.map(({ message, passed }) => `- ${passed ? "✅" : "❌"} ${text(message)}`).join("\n")]),
    tiles(report),
    doFirst(report),
    ...doubts(report),
    fold("The pollers", [pollerTable(report), ...more(report.pollers.length, "poller")].join("\n\n")),
    ...(fresh.length === 0
      ? []
      : [
          fold(
            `New findings by ${some(fresh.length, "rule")}`,
            [fresh.slice(0, mostRows).join("\n"), ...more(fresh.length, "rule")].join("\n\n")
          )
        ]),
    ...(known === 0 ? [] : [`${some(known, "finding")} known from the baseline.`])
  ].join("\n\n")}\n`
}

const pollerTable = (report: Report): string =>
  table(
    "llrrrrl",
    ["integration", "endpoint", "every", "calls", "after", "fewer", "verdict"],
    report.pollers
      .slice(0, mostRows)
      .map((poller) => [
        text(poller.integration),
        code(poller.endpoint),
        pace(poller),
        count(poller.calls),
        ...(isShort(report) ? ["", ""] : [count(poller.callsAfter), percent(poller.reduction)]),
        poller.verdict
      ])
  )
