/** Four figures, now and after, that decide: calls, headroom, freshness, losses; each with what it rests on. */
import { roundedDuration } from "../../domain/DurationText.js"
import type { RateLimitUse, Report } from "../../domain/Report.js"
import { code, count, percent, some, text } from "../markdown/Words.js"
import { isInBand } from "./Band.js"
import { callsADay, isShort } from "./CallsADay.js"
import { forecastOfDays, playedPart } from "./Forecast.js"
import { healingBoundOf } from "./HealingBound.js"
import { movingOf } from "./Moving.js"

export interface Tile {
  readonly label: string
  readonly now: string
  readonly after: string
  readonly better: boolean
  /** Inline Markdown: what the figures mean, and what they rest on. */
  readonly note: string
}

export const tilesOf = (report: Report): ReadonlyArray<Tile> => [
  callsTile(report),
  headroomTile(report),
  freshnessTile(report),
  lossTile(report)
]

const unknown = "unknown"

const callsTile = (report: Report): Tile => {
  const daily = callsADay(report)
  const label = "Calls a day"
  if (daily === null)
    return {
      label,
      now: unknown,
      after: unknown,
      better: false,
      note: "The recording is too short to say: record for longer."
    }
  const interval = isShort(report) ? null : report.totals.reductionInterval
  const sure = interval === null ? "" : `; 95 % sure: ${percent(interval.low)} to ${percent(interval.high)}`
  return {
    label,
    now: count(daily.now),
    after: count(daily.after),
    better: daily.after < daily.now,
    note: `${percent(daily.reduction)} fewer${sure}${modelled(report)}. Reconciliation, hydration and what stays polled included.${daily.from === null ? "" : ` Scaled from ${roundedDuration(daily.from)}.`}`
  }
}

/** The band of modelled days, where it says otherwise. */
const modelled = (report: Report): string => {
  const band = report.replay?.runs?.bands["reduction"]
  const days = forecastOfDays(report)
  const part = days === null ? null : playedPart(days)
  return band == null || isInBand(report) || isShort(report)
    ? ""
    : `; ${count(report.replay!.runs!.runs)} modelled days${part === null ? "" : ` of ${part}`}: ${percent(band.low)} to ${percent(band.high)}`
}

/** The busiest time of a limit's period: of an account, or of an endpoint with a limit of its own. */
interface Use {
  readonly account: string
  /** `null` for all calls of the account. */
  readonly endpoint: string | null
  readonly limit: number
  readonly calls: number
  readonly period: "minute" | "hour"
}

const useOf =
  (side: "Before" | "After") =>
  (use: RateLimitUse): ReadonlyArray<Use> => {
    const { account, endpoints = [], limitPerHour, limitPerMinute } = use
    const whole = { account, endpoint: null }
    const hour = use[`peakPerHour${side}`]
    return [
      ...(limitPerHour === null || hour === null
        ? []
        : [{ ...whole, limit: limitPerHour, calls: hour, period: "hour" as const }]),
      ...(limitPerMinute === null
        ? []
        : [{ ...whole, limit: limitPerMinute, calls: use[`peakPerMinute${side}`], period: "minute" as const }]),
      ...endpoints.map((one) => ({
        account,
        endpoint: one.endpoint,
        limit: one.limit,
        calls: one[`peak${side}`],
        period: one.period
      }))
    ]
  }

const left = ({ calls, limit }: Use): number => Math.max(0, 1 - calls / limit)

const headroomTile = (report: Report): Tile => {
  const { rateLimits, totals } = report
  const tightest = (side: "Before" | "After") =>
    rateLimits.flatMap(useOf(side)).sort((one, other) => left(one) - left(other))[0]
  const [now, after] = [tightest("Before"), tightest("After")]
  const label = "Rate limit left, worst minute"
  const refused =
    totals.throttled === 0 ? "" : ` ${some(totals.throttled, "call")} refused (429) now${refusals(rateLimits)}.`
  if (now === undefined || after === undefined)
    return {
      label,
      now: unknown,
      after: unknown,
      better: false,
      note: `No answer told a limit, and no plan is set.${refused}`
    }
  const words = ({ account, calls, endpoint, limit, period }: Use) =>
    `${count(calls)} of ${count(limit)} ${period === "hour" ? "an" : "a"} ${period} ${endpoint === null ? "" : `for ${code(endpoint)} `}on ${text(account)}`
  return {
    label,
    now: percent(left(now), 0),
    after: percent(left(after), 0),
    better: left(after) > left(now),
    note: `Tightest now: ${words(now)}; after: ${words(after)}.${unknownLimits(rateLimits)}${isShort(report) ? " The first reading of all lists is in it, which comes once and keeps to the limit." : ""}${refused}`
  }
}

/** Accounts of which endpoints told their own limits, and nothing told the account's. */
const unknownLimits = (rateLimits: ReadonlyArray<RateLimitUse>): string => {
  const names = rateLimits.flatMap(({ account, endpoints = [], limitFrom }) =>
    limitFrom === null && endpoints.length > 0 ? [text(account)] : []
  )
  return names.length === 0
    ? ""
    : ` The account's own limit is unknown on ${new Intl.ListFormat("en").format(names)}: only endpoints with one of theirs were called, so name the plan with --plan.`
}

/** Refusals of accounts whose limit was not reached have another cause. */
const refusals = (rateLimits: ReadonlyArray<RateLimitUse>): string => {
  const below = rateLimits.every(
    ({ endpoints = [], limitPerMinute, peakPerMinuteBefore, throttled }) =>
      throttled === 0 ||
      (limitPerMinute !== null &&
        peakPerMinuteBefore < limitPerMinute &&
        endpoints.every(({ limit, peakBefore }) => peakBefore < limit))
  )
  const names = rateLimits.filter(({ throttled }) => throttled > 0).map(({ account }) => text(account))
  if (names.length === 0) return ""
  const on = ` on ${new Intl.ListFormat("en").format(names)}`
  return below ? `${on}, below its limit: programs were not recorded, or an endpoint has a limit that is not known` : on
}

const freshnessTile = (report: Report): Tile => {
  const label = "Freshness p95"
  const moving = movingOf(report)
  const moves = moving.pollers.length > 0
  // Where no poller moves, the figures are those of the pollers that stay.
  const known = (moves ? moving.pollers : report.pollers).flatMap(
    ({ forecastFreshnessSeconds, freshnessSeconds, integration }) =>
      freshnessSeconds === null || forecastFreshnessSeconds === null
        ? []
        : [{ integration, now: freshnessSeconds.p95, after: forecastFreshnessSeconds.p95 }]
  )
  const slowest = [...known].sort((one, other) => other.after - one.after)[0]
  const polling = report.replay?.polling.freshnessSeconds ?? null
  const webhook = report.replay?.webhook.freshnessSeconds ?? null
  if (report.replay !== null && polling !== null && webhook !== null) {
    const stalest = `The stalest took ${roundedDuration(webhook.max)} (polling: ${roundedDuration(polling.max)}).`
    return {
      label,
      now: roundedDuration(polling.p95),
      after: roundedDuration(webhook.p95),
      better: webhook.p95 < polling.p95,
      note: `From a change to its arrival, for 95 of 100 of the replay's ${some(report.replay.changes, "change")}. ${stalest}${slowest === undefined ? "" : ` Slowest of those that move: ${text(slowest.integration)}, ${roundedDuration(slowest.after)} (now ${roundedDuration(slowest.now)}).`}`
    }
  }
  if (slowest === undefined)
    return { label, now: unknown, after: unknown, better: false, note: unknownFreshness(report) }
  const which = moves ? "poller that will be slowest" : "slowest poller"
  return {
    label,
    now: roundedDuration(slowest.now),
    after: roundedDuration(slowest.after),
    better: slowest.after < slowest.now,
    note: `From a change to its arrival, for 95 of 100 changes of the ${which}: ${text(slowest.integration)}. ${moves ? "" : "It stays polled. "}A forecast; no replay was made.`
  }
}

const unknownFreshness = (report: Report): string => {
  const moving = movingOf(report)
  const changesOf = (pollers: Report["pollers"]): number =>
    pollers.reduce((sum, { coverage }) => sum + (coverage === null ? 0 : coverage.changes + (coverage.unknown ?? 0)), 0)
  if (changesOf(report.pollers) === 0) return "No change was seen yet."
  return moving.pollers.length > 0 && moving.changes === 0
    ? "The pollers that move saw no change yet."
    : "No stamp tells when something changed."
}

const lossTile = (report: Report): Tile => {
  const { replay } = report
  const never = report.accounts.reduce((sum, { notBrought }) => sum + (notBrought?.length ?? 0), 0)
  return {
    label: "Changes that never arrive",
    now: replay === null ? unknown : count(replay.polling.missed),
    after: replay === null ? unknown : count(replay.webhook.missed),
    better: replay !== null && replay.webhook.missed <= replay.polling.missed,
    note: [
      broughtSentence(report),
      ...(replay === null
        ? ["No replay was made."]
        : [
            `Counted in the replay${replay.polling.collapsed === 0 ? "" : `; polling also overwrote ${count(replay.polling.collapsed)} before a sweep saw them`}.`
          ]),
      ...(never === 0 ? [] : [`Nothing tells of ${some(never, "kind")} of deletion (see Accounts).`])
    ].join(" ")
  }
}

/** Changes that fire no event, or may fire none, and what brings them. */
const broughtSentence = (report: Report): string => {
  const { changes, pollers, seenOnce, uncovered, unknown: unclear } = movingOf(report)
  if (pollers.length === 0) return "No poller gives way to webhooks, so no push can be lost."
  const bound = healingBoundOf(
    report,
    pollers.map(({ account }) => account)
  )
  const waiting = Math.round(seenOnce.notPushed)
  const silent = [
    ...(uncovered === 0 ? [] : [`${count(uncovered)} of ${some(changes, "change")} fire no event`]),
    ...(unclear === 0 ? [] : [`${count(unclear)} may fire none`]),
    ...(waiting === 0
      ? []
      : [
          `${uncovered + unclear === 0 ? "every change of known fields has its event, but " : ""}${count(waiting)} of ${some(seenOnce.changes, "change")} seen only once ${waiting === 1 ? "is" : "are"} taken to fire none, since the known ones are few`
        ])
  ]
  const slower = report.plan?.schedules.flatMap(({ everySeconds }) =>
    everySeconds !== null && everySeconds > bound ? [everySeconds] : []
  )
  const later =
    slower === undefined || slower.length === 0 ? "" : `, some types within ${roundedDuration(Math.max(...slower))}`
  return `${silent.length === 0 ? "Every change seen has its event" : silent.join(", ").replace(/^e/, "E")}: reconciliation brings ${silent.length === 0 ? "what a push loses" : "these and lost pushes"} within ${roundedDuration(bound)}${later}.`
}
