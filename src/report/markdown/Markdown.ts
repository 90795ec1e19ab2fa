/** `report.md`: for the engineer who has to decide. The verdict first, every number explained, the steps ready to tick off. */
import { markdownTable } from "markdown-table"
import { verdictRules } from "../../analysis/index.js"
import type { Finding } from "../../domain/Finding.js"
import type { TrafficKind } from "../../domain/Poller.js"
import { replayVerdict } from "../../domain/ReplayVerdict.js"
import type { AccountReport, Report } from "../../domain/Report.js"
import { isReplaced } from "../../domain/Verdict.js"
import { alternatives } from "./Alternatives.js"
import { headline } from "./Headline.js"
import { headroom } from "./Headroom.js"
import { liveComparison } from "./LiveComparison.js"
import { sideBySide } from "./SideBySide.js"
import {
  bar,
  code,
  count,
  freshness,
  leftOutSentence,
  noPollers,
  pace,
  percent,
  right,
  seconds,
  some,
  text
} from "./Words.js"

export const renderMarkdown = (report: Report): string =>
  `${[
    "# Polling to webhooks: the audit",
    verdict(report),
    picture(report),
    accounts(report),
    pollers(report),
    alternatives(report),
    headroom(report),
    report.replay === null
      ? "## Side by side\n\nNo replay was made: run `hookshift replay`, or `hookshift audit` without `--no-replay`."
      : sideBySide(report.replay, {
          calls: report.totals.calls,
          callsAfter: report.totals.callsAfter,
          from: report.window.from
        }),
    ...(report.shadow === undefined ? [] : [liveComparison(report.shadow)]),
    staying(report),
    findings(report),
    steps(report),
    numbers(report)
  ].join("\n\n")}\n`

const verdict = (report: Report): string => {
  const { totals, window } = report
  const moving = report.pollers.filter(isReplaced)
  const uncovered = moving.reduce(
    (sum, poller) => sum + (poller.coverage === null ? 0 : poller.coverage.changes - poller.coverage.pushed),
    0
  )
  const unknown = moving.reduce((sum, poller) => sum + (poller.coverage?.unknown ?? 0), 0)
  const changes = moving.reduce((sum, poller) => sum + (poller.coverage?.changes ?? 0), 0) + unknown
  const parts = [
    `**${headline(report)}.** In ${seconds(window.seconds)} (${window.from} to ${window.to}) ${some(report.pollers.length, "poller")} made ${count(totals.pollingCalls)} of ${count(totals.calls)} calls.`
  ]
  if (totals.emptySweeps !== null) {
    const sweeps = report.pollers.reduce((sum, poller) => sum + poller.sweeps, 0)
    parts.push(`${count(totals.emptySweeps)} of their ${count(sweeps)} sweeps found nothing new.`)
  }
  if (totals.throttled > 0) parts.push(`${count(totals.throttled)} calls were refused by the rate limit (429).`)
  parts.push(
    `${some(moving.length, "poller")} can give way to webhooks, the others (${report.pollers.length - moving.length}) stay.`
  )
  if (unknown > 0)
    parts.push(
      `Of ${count(unknown)} of the ${count(changes)} changes that these pollers saw only the stamp shows: whether an event fires for them \`hookshift shadow\` will tell. They are counted as not pushed.`
    )
  if (uncovered > 0) {
    parts.push(
      `**Webhooks alone would lose changes:** ${count(uncovered)} of the ${count(changes)} changes that these pollers saw fire no event, and arrive by reconciliation instead, within ${seconds(report.settings.reconcileSeconds)}. The calls for that are counted.`
    )
  }
  if (report.replay !== null) {
    const { holds, sentence } = replayVerdict(report.replay)
    const over = `Over ${some(report.replay.changes, "change")}, ${sentence}`
    parts.push(holds ? `${over}.` : `**${over}: do not cut over before they are understood.**`)
  }
  if (totals.recordsLost > 0)
    parts.push(`**The recorder lost ${count(totals.recordsLost)} calls: every figure here is too low by as much.**`)
  const leftOut = leftOutSentence(totals.leftOut ?? [])
  if (leftOut !== null) parts.push(`**${leftOut}.**`)
  if (totals.recordersCutOff > 0)
    parts.push(
      `**${count(totals.recordersCutOff)} recording ${totals.recordersCutOff === 1 ? "process was" : "processes were"} cut off (killed, or the disk full):** calls of ${totals.recordersCutOff === 1 ? "its" : "their"} end are missing, and nobody could count them.`
    )
  if (report.settings.bodiesKept)
    parts.push(
      "**This recording holds request and response bodies**, redacted by field name and pattern: keep the database as you keep the data."
    )
  return parts.join(" ")
}

const picture = (report: Report): string => {
  const { callsAfter, calls } = report.totals
  const parts = report.callsAfterBreakdown
  const share = (value: number) => (calls === 0 ? 0 : value / calls)
  const line = (label: string, value: number) => `${label.padEnd(16)} ${bar(share(value))} ${count(value).padStart(7)}`
  return [
    "```text",
    line("calls now", calls),
    line("calls after", callsAfter),
    ...(["reconciliation", "hydration", "kept", "upkeep", "retries"] as const).map((name) =>
      line(`  ${name}`, parts[name])
    ),
    "```"
  ].join("\n")
}

/** Each account's part, when there is more than one. */
const accounts = (report: Report): string => {
  const rows = report.accounts.map((account) => [
    text(account.account),
    text(account.product ?? "unknown"),
    text(account.route ?? "none"),
    count(account.calls),
    count(account.callsAfter),
    percent(account.reduction)
  ])
  return [
    "## Accounts",
    "",
    markdownTable([["account", "product", "route", "calls", "after", "fewer"], ...rows], {
      align: right("lllrrr"),
      alignDelimiters: false
    }),
    ...report.accounts.flatMap((account) => ["", accountSection(report, account)])
  ].join("\n")
}

const accountSection = (report: Report, account: AccountReport): string => {
  const own = report.pollers.filter((poller) => poller.account === account.account)
  const moving = own.filter(isReplaced)
  const parts = Object.entries(account.callsAfterBreakdown).filter(([, calls]) => calls > 0)
  return [
    `### ${text(account.account)}`,
    "",
    `${some(own.length, "poller")}, ${moving.length} of them can give way to webhooks by the ${account.route ?? "no"} route: ${count(account.calls)} calls become ${count(account.callsAfter)}${parts.length === 0 ? "" : ` (${parts.map(([name, calls]) => `${name} ${count(calls)}`).join(", ")})`}.`,
    ...(account.notPushed.length === 0
      ? []
      : ["", `No event of this route tells of: ${account.notPushed.map(text).join("; ")}. Reconciliation brings it.`]),
    ...(account.notBrought === undefined || account.notBrought.length === 0
      ? []
      : ["", `Neither an event nor reconciliation tells of: ${account.notBrought.map(text).join("; ")}.`]),
    ...(account.notReconciled === undefined || account.notReconciled.length === 0
      ? []
      : [
          "",
          `Not looked after, since no poller that gives way reads it: ${account.notReconciled.map(text).join(", ")}. The source's \`reconcile\` setting adds a type by name.`
        ]),
    ...account.runbooks.flatMap(({ steps, title }) => [
      "",
      `To set up by hand, ${text(title)}:`,
      "",
      ...steps.map(
        (step, index) =>
          `${index + 1}. ${step.startsWith("the body: ") ? `the body: ${code(step.slice("the body: ".length))}` : text(step)}`
      )
    ])
  ].join("\n")
}

const pollers = (report: Report): string => {
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

const staying = (report: Report): string => {
  const lines: Array<string> = []
  for (const poller of report.pollers) {
    if (!isReplaced(poller))
      lines.push(
        `- **${text(poller.integration)}** ${code(poller.endpoint)} (${poller.verdict}): ${text(poller.reasons.join("; "))}`
      )
    else if (poller.coverage !== null && poller.coverage.changes > poller.coverage.pushed) {
      const fields = Object.entries(poller.coverage.uncoveredFields).map(([field, times]) => `${code(field)} ${times}×`)
      lines.push(
        `- **${text(poller.integration)}** ${code(poller.endpoint)}: no event fires when only these change, so reconciliation has to bring them: ${fields.join(", ")}`
      )
    }
  }
  const custom = report.pollers.some(
    (poller) =>
      isReplaced(poller) &&
      Object.keys(poller.coverage?.uncoveredFields ?? {}).some((field) => field.startsWith("custom_fields"))
  )
  const rule = report.settings.route.includes("app") && custom
  return [
    "## What must stay polled, and why",
    "",
    ...(lines.length === 0 ? ["Nothing: every change that was seen has its event."] : lines),
    ...(rule
      ? [
          "",
          "An automation rule can watch custom fields and tags by name (route `rule`); its deliveries are not signed and carry an id only, so each costs a hydration."
        ]
      : [])
  ].join("\n")
}

const findings = (report: Report): string => {
  const line = (finding: Finding) =>
    `- **${finding.severity}** ${code(finding.rule)}: ${text(finding.message)}.${costOf(finding)} *${text(finding.fix)}.*${finding.evidence.length === 0 ? "" : ` (calls ${finding.evidence.join(", ")})`}`
  const fresh = report.findings.filter(({ known }) => !known).map(line)
  const known = report.findings.filter((finding) => finding.known).map(line)
  return [
    "## Findings",
    "",
    ...(fresh.length === 0 ? [known.length === 0 ? "None." : "Nothing new."] : fresh),
    ...(known.length === 0 ? [] : ["", "Known, from the baseline:", "", ...known])
  ].join("\n")
}

const costOf = ({ consequence }: Finding): string => {
  if (consequence === null) return ""
  const parts = [
    consequence.calls === null ? null : some(consequence.calls, "call"),
    consequence.seconds === null ? null : seconds(consequence.seconds)
  ].filter((part) => part !== null)
  return parts.length === 0 ? "" : ` Over this window: ${parts.join(", ")}.`
}

const steps = (report: Report): string => {
  const moving = report.pollers.filter(isReplaced)
  const events = [...new Set(report.subscriptions.map((line) => line.event))]
  const routes = [...new Set(report.subscriptions.map((line) => line.route))]
  if (moving.length === 0) return "## Migration steps\n\nNothing to migrate."
  return [
    "## Migration steps",
    "",
    "- [ ] Put the API key of a service account and a new webhook secret into your secret manager; name their variables in `hookshift.config.json` (`secretEnv`)",
    `- [ ] Run \`hookshift receive\` behind TLS, with \`--reconcile ${report.settings.reconcileSeconds}s\`, and hand its events to your code (\`--forward\` or the library)`,
    `- [ ] \`hookshift subscriptions plan\`, then \`hookshift subscriptions apply\`: ${events.map((event) => code(event)).join(", ")} by route ${routes.join(", ")}`,
    "- [ ] `hookshift subscriptions status` shows every subscription active: each has brought its first verified delivery",
    "- [ ] Let both paths run side by side for some days, with polling still on",
    ...moving.map(
      (poller) => `- [ ] Switch off the polling of **${text(poller.integration)}** (${code(poller.endpoint)})`
    ),
    "- [ ] Keep reconciliation on for good: it is the net under every lost delivery"
  ].join("\n")
}

const numbers = (report: Report): string =>
  [
    "## How every number was computed",
    "",
    "- **calls**: every request in the window, retries and refusals included. A poller's calls are its pages and the detail calls that follow from them.",
    "- **calls after** = reconciliation + hydration + kept + upkeep + retries, over the same window; never calls minus polls. **fewer** = 1 − calls after / calls. A window shorter than the reconciliation interval still counts one whole sweep, since a receiver sweeps when it starts; what it is extrapolated to counts sweeps by their interval and all else by its rate.",
    `- **reconciliation**: one sweep per entity type every ${seconds(report.settings.reconcileSeconds)}, the first over the whole list, with its pages; for tickets two more calls each time, for what is spam and what was deleted. **hydration**: GETs for what deliveries lack; where conversations are wanted, those of every ticket that changed since the last sweep, since a lost reply can hide behind a later change. **kept**: pollers that stay, and unattributed calls. **upkeep**: looking after the subscriptions. **retries**: these calls, repeated at the recording's own rate of server errors. Shared costs are split evenly among the pollers they serve.`,
    "- **every**: median of the times between sweeps ± their median absolute deviation; of a poller that asks less often while nothing is new (or after refusals), the range that it moves in. **Empty sweep**: no item version that the poller had not seen; its first sweep fills the cache and is not counted as empty, nor is one that was not answered.",
    "- **freshness now**: arrival of an item version, by the provider's clock, minus its `updated_at`, less half a second where stamps have whole seconds; the difference of the clocks is estimated from the `Date` headers. Changes from before the poller's first sweep are left out. **Freshness after**: a forecast: pushes take 0.7 s and an exponential tail of 1.8 s (assumed), what no event covers waits evenly over the reconciliation interval.",
    "- **changes an hour**: estimated from what sweeps saw, each entity at a steady rate of its own; a sweep shows the last change of its interval only, and the time before that is taken as unknown (Cho and Garcia-Molina 2003). Where entities change in sessions the rate around a version is taken, and none is told where sessions are faster than the polling; clusters that fall between two sweeps each time do not show, and are underestimated. **95 %** intervals: of changes from their count (Poisson, widened by the dispersion that blocks of time show), of shares by Wilson's score, of the reduction by leaving out each part of the window in turn. How right the figures are on labelled traffic: docs/accuracy.md.",
    "- **coverage**: of each observed change the names of the changed fields are known (from salted hashes; no values are kept), and each route's list of fields that fire an event. Events are those that the plan subscribes to for the types that a poller reads. Changes of which no poller knew the version before are left out, unless nothing else is known. Where only the stamp of a change shows, an event may fire or not: coverage is then a range, and the worse end is forecast.",
    `- **verdict**: ${verdictRules.map((rule) => text(rule)).join("; ")}.`,
    "- **replay**: real HTTP on loopback under a virtual clock; the account's changes are the same on both paths. Network and service times come from a stated model (docs/replay.md). What a stopwatch measured on this machine is in `report.json` under `measured`, and only there."
  ].join("\n")
