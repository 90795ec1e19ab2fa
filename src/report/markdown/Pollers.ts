/** The section on pollers: calls, freshness and verdict of each, and the calls of no poller. */
import { markdownTable } from "markdown-table"
import type { TrafficKind } from "../../domain/Poller.js"
import type { Report } from "../../domain/Report.js"
import { code, count, freshness, noPollers, pace, percent, right, text } from "./Words.js"

export const pollers = (report: Report): string => {
  const rows = report.pollers.map((poller) => [
    `${text(poller.integration)}<br>${code(poller.endpoint)}${poller.query === "" ? "" : `<br>${code(poller.query)}`}`,
    pace(poller),
    count(poller.calls),
    count(poller.callsAfter),
    percent(poller.reduction),
    freshness(poller.freshnessSeconds),
    freshness(poller.forecastFreshnessSeconds),
    `**${poller.verdict}**`,
    text(poller.reasons.join("; "))
  ])
  const header = [
    "poller",
    "every",
    "calls",
    "after",
    "fewer",
    "freshness now (p50 / p95 / max)",
    "freshness after",
    "verdict",
    "why"
  ]
  const lines = [
    "## Pollers",
    "",
    rows.length === 0
      ? `${noPollers(report.totals.calls)}.`
      : markdownTable([header, ...rows], { align: right("llrrrllll"), padding: true, alignDelimiters: false })
  ]
  if (report.unattributed.calls > 0) {
    const endpoints = report.unattributed.endpoints
      .map(({ calls, endpoint }) => `${code(endpoint)} ${calls}×`)
      .join(", ")
    const kinds = report.unattributed.kinds.map(({ calls, kind }) => `${kindNames[kind]} ${count(calls)}`).join(", ")
    lines.push(
      "",
      `${count(report.unattributed.calls)} calls belong to no poller and stay as they are (${kinds}): ${endpoints}.`
    )
  }
  return lines.join("\n")
}

const kindNames: Readonly<Record<TrafficKind, string>> = {
  write: "writes",
  probe: "preflights",
  export: "one-off exports",
  burst: "bursts",
  loop: "waiting for a job",
  detail: "single entities",
  irregular: "no rhythm"
}
