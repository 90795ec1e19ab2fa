/** The diff of two reports as Markdown, for a terminal or a pull request. */
import { markdownTable } from "markdown-table"
import { roundedDuration } from "../domain/DurationText.js"
import type { Finding } from "../domain/Finding.js"
import { code, count, percent, some, text } from "../report/index.js"
import type { BeforeAfter, PollerDiff, ReportDiff } from "./ReportDiff.js"

const unknown = "—"

const arrow = <Value>({ after, before }: BeforeAfter<Value | null>, word: (value: Value) => string): string => {
  const [then, now] = [before, after].map((value) => (value === null ? unknown : word(value)))
  return then === now ? now! : `${then} → ${now}`
}

export const renderDiff = (diff: ReportDiff): string =>
  `${[headline(diff), windows(diff), pollers(diff), findings(diff), limits(diff), subscriptions(diff)]
    .filter((part) => part !== "")
    .join("\n\n")}\n`

const headline = ({ callsPerDay, pollers: { appeared, gone }, reduction, throttledPerDay }: ReportDiff): string => {
  const change =
    reduction === null
      ? "there were none before"
      : reduction === 0
        ? "no change"
        : `${percent(Math.abs(reduction))} ${reduction > 0 ? "fewer" : "more"}`
  const refused =
    throttledPerDay.before === 0 && throttledPerDay.after === 0
      ? ""
      : `, refused by the limit: ${arrow(throttledPerDay, count)} a day`
  return `# ${arrow(callsPerDay, count)} calls a day: ${change}\n\n${some(gone.length, "poller")} gone, ${appeared.length} new${refused}.`
}

const windows = ({ windows: { after, before } }: ReportDiff): string => {
  const one = ({ from, seconds: length, to }: ReportDiff["windows"]["before"]) =>
    `${from} to ${to} (${roundedDuration(length)})`
  return `Before: ${one(before)}. After: ${one(after)}. Calls are counted by the day, since windows differ in length.`
}

const pollers = ({ pollers: { appeared, changed, gone, unchanged } }: ReportDiff): string => {
  const row = (what: string) => (poller: PollerDiff) => [
    what,
    text(poller.integration),
    code(poller.endpoint),
    arrow(poller.callsPerDay, count),
    arrow(poller.intervalSeconds, roundedDuration),
    arrow(poller.emptyShare, percent),
    arrow(poller.freshnessSeconds, ({ p50, p95 }) => `${roundedDuration(p50)} / ${roundedDuration(p95)}`)
  ]
  const rows = [...gone.map(row("gone")), ...appeared.map(row("new")), ...changed.map(row("changed"))]
  const rest = `${some(unchanged, "poller")} ${unchanged === 1 ? "goes" : "go"} on as before.`
  if (rows.length === 0) return `## Pollers\n\n${rest}`
  const table = markdownTable(
    [["", "integration", "endpoint", "calls a day", "every", "empty sweeps", "freshness p50 / p95"], ...rows],
    { align: ["l", "l", "l", "r", "r", "r", "r"] }
  )
  return `## Pollers\n\n${table}\n\n${rest}`
}

const findings = ({ findings: { appeared, gone, stayed } }: ReportDiff): string => {
  const line = (what: string) => (finding: Finding) =>
    `- ${what} **${finding.severity}** ${code(finding.rule)}: ${text(finding.message)}${finding.known ? " (known)" : ""}`
  const lines = [...appeared.map(line("new")), ...gone.map(line("gone"))]
  return ["## Findings", "", ...lines, ...(lines.length === 0 ? [] : [""]), `${some(stayed, "finding")} stayed.`].join(
    "\n"
  )
}

const limits = ({ rateLimits }: ReportDiff): string =>
  rateLimits.length === 0
    ? ""
    : `## Rate limits\n\n${markdownTable(
        [
          ["account", "busiest minute", "refused a day"],
          ...rateLimits.map(({ account, peakPerMinute, throttledPerDay }) => [
            text(account),
            arrow(peakPerMinute, count),
            arrow(throttledPerDay, count)
          ])
        ],
        { align: ["l", "r", "r"] }
      )}`

const subscriptions = ({ subscriptions: changed }: ReportDiff): string =>
  changed.length === 0
    ? ""
    : [
        "## Subscriptions",
        "",
        ...changed.map(
          ({ account, event, state }) => `- ${text(account)} ${code(event)}: ${arrow(state, (name) => name)}`
        )
      ].join("\n")
