/** The diff of two reports as Markdown, for a terminal or a pull request. */
import { roundedDuration } from "../domain/DurationText.js"
import type { Finding } from "../domain/Finding.js"
import { code, count, fold, percent, some, span, table, text } from "../report/index.js"
import type { BeforeAfter, PollerDiff, ReportDiff } from "./ReportDiff.js"

const unknown = "—"
const mostSteps = 3
/** Rows that stand open in a pull request. */
const mostOpen = 20

const arrow = <Value>({ after, before }: BeforeAfter<Value | null>, word: (value: Value) => string): string => {
  const [then, now] = [before, after].map((value) => (value === null ? unknown : word(value)))
  return then === now ? now! : `${then} → ${now}`
}

/** Calls by the day: decimals only where there are few. */
const daily = (calls: number): string => count(calls < 10 ? calls : Math.round(calls))

export const renderDiff = (diff: ReportDiff): string =>
  `${[
    headline(diff),
    windows(diff),
    tiles(diff),
    lookFirst(diff),
    pollers(diff),
    findings(diff),
    limits(diff),
    subscriptions(diff)
  ]
    .filter((part) => part !== "")
    .join("\n\n")}\n`

const headline = ({ callsPerDay, reduction }: ReportDiff): string => {
  const change =
    reduction === null
      ? "there were none before"
      : reduction === 0
        ? "no change"
        : `${percent(Math.abs(reduction))} ${reduction > 0 ? "fewer" : "more"}`
  return `# ${arrow(callsPerDay, daily)} calls a day: ${change}`
}

const windows = ({ windows: { after, before } }: ReportDiff): string =>
  `Before: ${span(before)}. After: ${span(after)}. Calls are counted by the day, since windows differ in length.`

const tiles = (diff: ReportDiff): string => {
  const { callsPerDay, findings: found, pollers: changed, pollingCallsPerDay, rateLimits, throttledPerDay } = diff
  const peaks = (side: "before" | "after") =>
    rateLimits
      .flatMap(({ account, peakPerMinute }) =>
        peakPerMinute[side] === null ? [] : [{ account, calls: peakPerMinute[side] }]
      )
      .sort((one, other) => other.calls - one.calls)[0]
  const [then, now] = [peaks("before"), peaks("after")]
  const all = found.stayed + found.gone.length
  return table(
    "lrrl",
    ["figure", "before", "after", "what it means"],
    [
      [
        "**Calls a day**",
        daily(callsPerDay.before),
        daily(callsPerDay.after),
        `Of pollers: ${arrow(pollingCallsPerDay, daily)}. ${some(changed.gone.length, "poller")} gone, ${changed.appeared.length} new, ${changed.changed.length} changed.`
      ],
      [
        "**Refused by the limit (429) a day**",
        daily(throttledPerDay.before),
        daily(throttledPerDay.after),
        "Each is a page that came late or never."
      ],
      [
        "**Calls in the busiest minute**",
        then === undefined ? unknown : count(then.calls),
        now === undefined ? unknown : count(now.calls),
        then === undefined || now === undefined
          ? "No account is known in both."
          : `Of the busiest account: ${then.account === now.account ? text(now.account) : `${text(then.account)} before, ${text(now.account)} after`}.`
      ],
      [
        "**Findings**",
        count(all),
        count(found.stayed + found.appeared.length),
        `${found.appeared.length} new, ${found.gone.length} gone.`
      ]
    ]
  )
}

/** Figures that got worse: three lines at most. */
const lookFirst = ({ findings: { appeared }, pollers: changed, throttledPerDay }: ReportDiff): string => {
  const worse = changed.changed.filter(
    ({ callsPerDay: { after, before } }) => before !== null && after !== null && after > before
  )
  const graver = (severity: Finding["severity"]) => appeared.filter((one) => one.severity === severity && !one.known)
  const steps = [
    ...[...graver("error"), ...graver("warning")].map(
      ({ fix, message, rule }) => `**${code(rule)} is new.** ${text(message)}: ${text(fix)}.`
    ),
    ...(throttledPerDay.after > throttledPerDay.before
      ? [`**More calls are refused (429).** ${arrow(throttledPerDay, daily)} a day.`]
      : []),
    ...changed.appeared.map(
      ({ callsPerDay, endpoint, integration }) =>
        `**${text(integration)} polls now.** ${code(endpoint)}, ${daily(callsPerDay.after ?? 0)} calls a day.`
    ),
    ...worse.map(
      ({ callsPerDay, endpoint, integration }) =>
        `**${text(integration)} calls more.** ${code(endpoint)}, ${arrow(callsPerDay, daily)} calls a day.`
    )
  ]
  return steps.length === 0
    ? "Nothing got worse."
    : `## Look at this first\n\n${steps
        .slice(0, mostSteps)
        .map((step, at) => `${at + 1}. ${step}`)
        .join("\n")}`
}

const pollers = ({ pollers: { appeared, changed, gone, unchanged } }: ReportDiff): string => {
  const row = (what: string) => (poller: PollerDiff) => [
    what,
    text(poller.integration),
    code(poller.endpoint),
    arrow(poller.callsPerDay, daily),
    arrow(poller.intervalSeconds, roundedDuration),
    arrow(poller.emptyShare, percent),
    arrow(poller.freshnessSeconds, ({ p50, p95 }) => `${roundedDuration(p50)} / ${roundedDuration(p95)}`)
  ]
  const rows = [...gone.map(row("gone")), ...appeared.map(row("new")), ...changed.map(row("changed"))]
  const rest = `${some(unchanged, "poller")} ${unchanged === 1 ? "goes" : "go"} on as before.`
  if (rows.length === 0) return `## Pollers\n\n${rest}`
  const shown = table(
    "lllrrrr",
    ["", "integration", "endpoint", "calls a day", "every", "empty sweeps", "freshness p50 / p95"],
    rows
  )
  const changes = rows.length > mostOpen ? fold(`${count(rows.length)} pollers`, shown) : shown
  return `## Pollers\n\n${changes}\n\n${rest}`
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
    : `## Rate limits\n\n${table(
        "lrr",
        ["account", "busiest minute", "refused a day"],
        rateLimits.map(({ account, peakPerMinute, throttledPerDay }) => [
          text(account),
          arrow(peakPerMinute, count),
          arrow(throttledPerDay, daily)
        ])
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
