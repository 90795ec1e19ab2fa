/** The section on alternatives, poller by poller. */
import { markdownTable } from "markdown-table"
import { roundedDuration } from "../../domain/DurationText.js"
import type { PollerAssessment } from "../../domain/Poller.js"
import type { Report } from "../../domain/Report.js"
import { code, count, freshness, percent, right, text } from "./Words.js"

export const alternatives = (report: Report): string => {
  const sections = report.pollers.map((poller) => {
    const rows = poller.alternatives.map((one) => [
      text(one.name),
      count(one.calls),
      freshness(one.freshnessSeconds),
      one.lost === 0 ? "" : count(one.lost),
      text(one.burden),
      text(one.risk),
      one.admissible ? "yes" : "no"
    ])
    return [
      `### ${text(poller.integration)}: ${code(poller.endpoint)}`,
      "",
      ...changesOf(poller),
      markdownTable(
        [["way", "calls", "freshness (p50 / p95 / max)", "lost", "burden", "risk", "admissible"], ...rows],
        {
          align: right("lrlrlll"),
          alignDelimiters: false
        }
      )
    ].join("\n")
  })
  return [
    "## What else could be done",
    "Tuned polling is played through on the recorded changes; webhooks are costed at several reconciliation intervals. A way is admissible when it loses nothing and keeps the freshness that `--slo` asks for.",
    ...sections
  ].join("\n\n")
}

/** Change rate, and coverage by route. */
const changesOf = ({ changeRate, changeRateUnknown, coverageByRoute }: PollerAssessment): ReadonlyArray<string> => {
  const parts: Array<string> = []
  if (changeRate !== null) {
    const { overwritten, perHour, perHourInterval, recordForSeconds, seen } = changeRate
    parts.push(
      `About ${perHour} changes an hour (95 %: ${perHourInterval.low} to ${perHourInterval.high}), estimated from ${count(seen)} versions; ${overwritten} were overwritten before a sweep saw them.`
    )
    if (recordForSeconds !== null)
      parts.push(`To know the rate within a fifth, record for ${roundedDuration(recordForSeconds)} in all.`)
  }
  if (changeRateUnknown != null) parts.push(`How often it changes is unknown: ${text(changeRateUnknown)}.`)
  const shares = coverageByRoute.flatMap(({ interval, range, route, share }) =>
    interval === null || (share === null && range === undefined)
      ? []
      : [
          `${route} ${range === undefined ? percent(share!) : `${percent(range.low)} to ${percent(range.high)}, since of some changes only the stamp shows`} (${percent(interval.low)} to ${percent(interval.high)})`
        ]
  )
  if (shares.length > 0) parts.push(`Events would push, by route: ${shares.join(", ")}.`)
  return parts.length === 0 ? [] : [parts.join(" "), ""]
}
