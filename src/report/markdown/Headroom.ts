/** Rate-limit headroom: peaks now and after, and the causes of the busiest minute. */
import { groupBy } from "../../domain/Grouping.js"
import type { RateLimitUse, Report } from "../../domain/Report.js"
import { code, count, moment, text } from "./Words.js"

const worst = ({ account, pushes = 0, worstMinutes }: RateLimitUse, most: number): ReadonlyArray<string> => {
  const minute = worstMinutes[0]
  if (minute === undefined) return []
  const causes = [...groupBy(minute.causes.slice(0, most), ({ integration }) => integration)]
    .map(
      ([integration, own]) =>
        `${text(integration)} ${own.map(({ calls, endpoint }) => `${code(endpoint)} ${count(calls)}`).join(", ")}`
    )
    .join("; ")
  // Pushes that use the limit as calls do.
  const pushed =
    pushes === 0
      ? ""
      : ` After the migration ${count(pushes)} of its calls are deliveries of its automation rules, which use its limit as calls do.`
  return [
    `- **${text(account)}**, ${moment(minute.at)} UTC: ${count(minute.before)} calls (after: ${count(minute.after)}), mostly ${causes}.${pushed}`
  ]
}

/** In the period of the limit. */
const busiest = ({ limitPerHour }: RateLimitUse, minute: number, hour: number | null): string =>
  limitPerHour === null ? count(minute) : hour === null ? "unknown: the window is shorter than an hour" : count(hour)

const limitText = ({ limitPerHour, limitPerMinute }: RateLimitUse): string =>
  [
    ...(limitPerHour === null ? [] : [`${count(limitPerHour)} an hour`]),
    ...(limitPerMinute === null ? [] : [`${count(limitPerMinute)} a minute`])
  ].join(", ") || "unknown"

/** Limit, busiest now and after, refusals. */
export const headroomCells = (limit: RateLimitUse): ReadonlyArray<string> => [
  limitText(limit),
  busiest(limit, limit.peakPerMinuteBefore, limit.peakPerHourBefore),
  busiest(limit, limit.peakPerMinuteAfter, limit.peakPerHourAfter),
  count(limit.throttled)
]

/** The busiest minute now, by account, in UTC: of accounts that use `least` of their limit, with their greatest `causes`. */
export const busiestMinutes = ({ rateLimits }: Report, least: number, causes: number): string => {
  const shown = rateLimits.filter(
    ({ limitPerMinute, peakPerMinuteBefore, throttled }) =>
      throttled > 0 || limitPerMinute === null || peakPerMinuteBefore / limitPerMinute >= least
  )
  return shown.length === 0
    ? "No account uses a notable share of its limit."
    : shown.flatMap((limit) => worst(limit, causes)).join("\n")
}
