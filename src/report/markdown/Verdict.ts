/** The report's first screen: the verdict in one paragraph, and one picture. */
import { roundedDuration } from "../../domain/DurationText.js"
import { replayVerdict } from "../../domain/ReplayVerdict.js"
import type { Report } from "../../domain/Report.js"
import { isReplaced } from "../../domain/Verdict.js"
import { headline } from "./Headline.js"
import { bar, count, leftOutSentence, percent, some } from "./Words.js"

export const verdict = (report: Report): string => {
  const { totals, window } = report
  const moving = report.pollers.filter(isReplaced)
  const uncovered = moving.reduce(
    (sum, poller) => sum + (poller.coverage === null ? 0 : poller.coverage.changes - poller.coverage.pushed),
    0
  )
  const unknown = moving.reduce((sum, poller) => sum + (poller.coverage?.unknown ?? 0), 0)
  const changes = moving.reduce((sum, poller) => sum + (poller.coverage?.changes ?? 0), 0) + unknown
  const parts = [
    `**${headline(report)}.** In ${roundedDuration(window.seconds)} (${window.from} to ${window.to}) ${some(report.pollers.length, "poller")} made ${count(totals.pollingCalls)} of ${count(totals.calls)} calls.`
  ]
  if (totals.emptySweeps !== null) {
    const sweeps = report.pollers.reduce((sum, poller) => sum + poller.sweeps, 0)
    parts.push(`${count(totals.emptySweeps)} of their ${count(sweeps)} sweeps found nothing new.`)
  }
  if (totals.throttled > 0) parts.push(`${count(totals.throttled)} calls were refused by the rate limit (429).`)
  parts.push(
    `${some(moving.length, "poller")} can give way to webhooks, the others (${report.pollers.length - moving.length}) stay.`
  )
  parts.push(...goalSentence(report))
  if (unknown > 0)
    parts.push(
      `Of ${count(unknown)} of the ${count(changes)} changes that these pollers saw only the stamp shows: whether an event fires for them \`hookshift shadow\` will tell. They are counted as not pushed.`
    )
  if (uncovered > 0) {
    parts.push(
      `**Webhooks alone would lose changes:** ${count(uncovered)} of the ${count(changes)} changes that these pollers saw fire no event, and arrive by reconciliation instead, within ${roundedDuration(report.plan?.healWithinSeconds ?? report.settings.reconcileSeconds)}. The calls for that are counted.`
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

const goalSentence = ({ plan, totals: { calls } }: Report): ReadonlyArray<string> => {
  if (plan === undefined || calls === 0) return []
  const fewer = (after: number): string => percent(1 - after / calls)
  const kept = {
    today: "No poller gets staler at p95 than it is today.",
    set: `**The freshness is what \`--slo\` asks for;** at today's it would be ${fewer(plan.atTodaysFreshness)}.`,
    none: `**Pollers get staler than they are, as \`--slo none\` allows;** at today's freshness it would be ${fewer(plan.atTodaysFreshness)}.`
  }
  return [
    `${kept[plan.goal]} Tuning alone, without webhooks, would save ${fewer(plan.tuningOnly)}; webhooks whatever becomes of the freshness ${fewer(plan.atMost)}.`
  ]
}

/** Calls now and after as bars of text. */
export const picture = (report: Report): string => {
  const { callsAfter, calls } = report.totals
  const parts = report.callsAfterBreakdown
  const share = (value: number) => (calls === 0 ? 0 : value / calls)
  const line = (label: string, value: number) => `${label.padEnd(16)} ${bar(share(value))} ${count(value).padStart(7)}`
  return [
    "```text",
    line("calls now", calls),
    line("calls after", callsAfter),
    ...(["reconciliation", "hydration", "tuned", "kept", "upkeep", "retries"] as const).map((name) =>
      line(`  ${name}`, parts[name] ?? 0)
    ),
    "```"
  ].join("\n")
}
