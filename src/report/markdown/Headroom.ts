/** The section on rate-limit headroom: peaks now and after, and the causes of the busiest minute. */
import { markdownTable } from "markdown-table"
import type { RateLimitUse, Report } from "../../domain/Report.js"
import { code, count, right, sparkline, text } from "./Words.js"

const worst = ({ minutes, account, worstMinutes }: RateLimitUse): string => {
  const most = worstMinutes[0]
  if (most === undefined) return ""
  const causes = most.causes
    .map(({ calls, endpoint, integration }) => `${text(integration)} ${code(endpoint)} ${count(calls)}`)
    .join(", ")
  return [
    `**${text(account)}**, calls a minute now and after, each line to its own height:`,
    "",
    "```text",
    `now   ${sparkline(minutes.before)} ${count(Math.max(0, ...minutes.before))}`,
    `after ${sparkline(minutes.after)} ${count(Math.max(0, ...minutes.after))}`,
    "```",
    "",
    `Its busiest minute is ${most.at}: ${count(most.before)} calls (after: ${count(most.after)}), most of them ${causes}.`
  ].join("\n")
}

/** In the period of the limit. */
const busiest = ({ limitPerHour }: RateLimitUse, minute: number, hour: number | null): string =>
  limitPerHour === null ? count(minute) : hour === null ? "unknown: the window is shorter than an hour" : count(hour)

const limitText = ({ limitPerHour, limitPerMinute }: RateLimitUse): string =>
  [
    ...(limitPerHour === null ? [] : [`${count(limitPerHour)} an hour`]),
    ...(limitPerMinute === null ? [] : [`${count(limitPerMinute)} a minute`])
  ].join(", ") || "unknown"

/** Pushes that use the limit as calls do. */
const countedPushes = ({ account, pushes = 0 }: RateLimitUse): ReadonlyArray<string> =>
  pushes === 0
    ? []
    : [
        "",
        `Of ${text(account)}'s calls after the migration ${count(pushes)} are deliveries of its automation rules, which use its limit as calls do.`
      ]

export const headroom = (report: Report): string => {
  const rows = report.rateLimits.map((limit) => [
    text(limit.account),
    text(limit.plan ?? "unknown"),
    limitText(limit),
    busiest(limit, limit.peakPerMinuteBefore, limit.peakPerHourBefore),
    busiest(limit, limit.peakPerMinuteAfter, limit.peakPerHourAfter),
    count(limit.throttled)
  ])
  return [
    "## Rate-limit headroom",
    "",
    markdownTable([["account", "plan", "limit", "busiest now", "busiest after", "refused (429) now"], ...rows], {
      align: right("llrrrr"),
      alignDelimiters: false
    }),
    ...report.rateLimits.flatMap((limit) => ["", worst(limit), ...countedPushes(limit)])
  ].join("\n")
}
