/** Rate-limit headroom: peaks now and after, and the causes of the busiest minute. */
import { counted as some, withArticle } from "../../domain/Figures.js"
import { groupBy } from "../../domain/Grouping.js"
import type { EndpointLimitUse, RateLimitUse, Report } from "../../domain/Report.js"
import { code, count, moment, text } from "./Words.js"

const worst = (use: RateLimitUse, least: number, most: number): ReadonlyArray<string> => {
  const { account, pushes = 0, worstMinutes } = use
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
    `- **${text(account)}**, ${moment(minute.at)} UTC: ${some(minute.before, "call")} (after: ${count(minute.after)}), mostly ${causes}.${ownLimits(use, least, most)}${pushed}`
  ]
}

const useOf = ({ limit, peakAfter, peakBefore }: EndpointLimitUse): number => Math.max(peakBefore, peakAfter) / limit

/** Endpoints that use `least` of the limit that is theirs alone, and any where the account's is unknown. */
const notable = ({ endpoints = [], limitFrom }: RateLimitUse, least: number): ReadonlyArray<EndpointLimitUse> =>
  endpoints.filter((endpoint) => limitFrom === null || useOf(endpoint) >= least)

/** The busiest minute of each; starts with a space, or is empty. */
const ownLimits = (use: RateLimitUse, least: number, most: number): string => {
  const told = notable(use, least)
    .slice(0, most)
    .map(
      ({ endpoint, limit, peakAfter, peakBefore, period }) =>
        `${code(endpoint)} ${count(peakBefore)} of ${count(limit)} ${withArticle(period)} (after: ${count(peakAfter)})`
    )
  return told.length === 0 ? "" : ` Under a limit of their own: ${told.join(", ")}.`
}

/** In the period of the limit. */
const busiest = ({ limitPerHour }: RateLimitUse, minute: number, hour: number | null): string =>
  limitPerHour === null ? count(minute) : hour === null ? "unknown: the window is shorter than an hour" : count(hour)

const limitText = ({ fittingPlans = [], limitPerHour, limitPerMinute }: RateLimitUse): string =>
  `${limitsText({ limitPerHour, limitPerMinute })}${fittingPlans.length === 0 ? "" : ` (${text(fittingPlans.join(" or "))})`}`

const limitsText = ({ limitPerHour, limitPerMinute }: Pick<RateLimitUse, "limitPerHour" | "limitPerMinute">): string =>
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

/**
 * The busiest minute now, by account, in UTC: of accounts that use `least` of their limit, with their greatest
 * `causes`.
 */
export const busiestMinutes = ({ rateLimits }: Report, least: number, causes: number): string => {
  const shown = rateLimits.filter((use) => {
    const { limitPerMinute, peakPerMinuteBefore, throttled } = use
    if (throttled > 0 || limitPerMinute === null || notable(use, least).length > 0) return true
    return peakPerMinuteBefore / limitPerMinute >= least
  })
  return shown.length === 0
    ? "No account uses a notable share of its limit."
    : shown.flatMap((limit) => worst(limit, least, causes)).join("\n")
}
