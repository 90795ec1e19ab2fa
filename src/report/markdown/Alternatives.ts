/** Ways to go on with each poller: side by side for all, and one poller's with burden and risk. */
import { roundedDuration } from "../../domain/DurationText.js"
import type { Alternative, PollerAssessment } from "../../domain/Poller.js"
import type { Report } from "../../domain/Report.js"
import { count, freshness, percent, some, table, text } from "./Words.js"

export const alternativesLead =
  "Tuned polling is played through on the recorded changes; webhooks are costed at several reconciliation intervals. A way is admissible when it loses nothing and keeps the freshness that `--slo` asks for."

/** Share of its calls that a tuned way has to save to be told. */
const notable = 0.1

/**
 * Pollers that could ask less and lose nothing, with the tuned polling that calls least; empty where there are none.
 */
export const tunedWays = ({ pollers }: Report): ReadonlyArray<string> => {
  const lines = pollers.flatMap(({ alternatives, calls, integration }) => {
    const [best] = alternatives
      .filter((one) => isTuned(one) && one.admissible && one.calls <= calls * (1 - notable))
      .sort((one, other) => one.calls - other.calls)
    return best === undefined
      ? []
      : [`${text(integration)} by ${text(best.name)} (${count(calls)} → ${some(best.calls, "call")})`]
  })
  return lines.length === 0
    ? []
    : [`Tuned polling that loses nothing and is as fresh as asked for: ${lines.join(", ")}.`]
}

const isTuned = ({ name, reconcileSeconds }: Alternative): boolean =>
  reconcileSeconds === null && name !== "as is" && !name.startsWith("webhooks")

/** Each way with its burden and risk. */
export const alternativesOf = ({ alternatives }: PollerAssessment): string =>
  table(
    "rlrlrlll",
    ["no.", "way", "calls", "freshness (p50 / p95 / max)", "lost", "burden", "risk", "admissible"],
    alternatives.map((one, at) => [
      count(at + 1),
      text(one.name),
      count(one.calls),
      freshness(one.freshnessSeconds),
      one.lost === 0 ? "" : count(one.lost),
      text(one.burden),
      text(one.risk),
      one.admissible ? "yes" : "no"
    ])
  )

/** Change rate, and coverage by route; empty where neither is known. */
export const changesOf = ({ changeRate, changeRateUnknown, coverageByRoute }: PollerAssessment): string => {
  const parts: Array<string> = []
  if (changeRate !== null) {
    const { overwritten, perHour, perHourInterval, recordForSeconds, seen } = changeRate
    parts.push(
      `About ${rate(perHour)} changes an hour (95 %: ${rate(perHourInterval.low)} to ${rate(perHourInterval.high)}), estimated from ${count(seen)} versions; ${count(Math.round(overwritten))} were overwritten before a sweep saw them.`
    )
    if (recordForSeconds !== null)
      parts.push(`To know the rate within a fifth, record for ${roundedDuration(recordForSeconds)} in all.`)
  }
  if (changeRateUnknown != null) parts.push(`How often it changes is unknown: ${text(changeRateUnknown)}.`)
  const shares = coverageByRoute.flatMap(({ interval, range, route, share }) =>
    interval === null || (share === null && range === undefined)
      ? []
      : [
          `${text(route)} ${range === undefined ? percent(share!) : `${percent(range.low)} to ${percent(range.high)}, since of some changes only the stamp shows`} (${percent(interval.low)} to ${percent(interval.high)})`
        ]
  )
  if (shares.length > 0) parts.push(`Events would push, by route: ${shares.join(", ")}.`)
  return parts.join(" ")
}

/** `24`, `1.5`, `0.52`: two figures. */
const rate = (perHour: number): string =>
  perHour >= 10 ? count(Math.round(perHour)) : String(Number(perHour.toPrecision(2)))
