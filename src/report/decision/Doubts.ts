/** Doubts that the figures leave open, each with its remedy: nothing surprises a reader later. */
import type { Report } from "../../domain/Report.js"
import { count, percent, some } from "../markdown/Words.js"
import { isInBand } from "./Band.js"
import { isShort } from "./CallsADay.js"
import { firstLookNote } from "./FirstLook.js"
import { asPlayed, forecastOfDays, playedPart } from "./Forecast.js"
import { movingOf } from "./Moving.js"

/** Inline Markdown, a sentence or two each. */
export const doubtsOf = (report: Report): ReadonlyArray<string> => [
  ...firstLook(report),
  ...unclear(report),
  // Modelled days of a short window are as short.
  ...(isShort(report) ? [] : [...outsideTheBand(report), ...busierMinutes(report)])
]

const firstLook = ({ window }: Report): ReadonlyArray<string> => {
  const note = firstLookNote(window.seconds)
  return note === null ? [] : [`${note[0]!.toUpperCase()}${note.slice(1)}.`]
}

const unclear = (report: Report): ReadonlyArray<string> => {
  const { changes, unknown } = movingOf(report)
  return unknown === 0
    ? []
    : [
        `Of ${count(unknown)} of the ${count(changes)} changes only the stamp shows: they are counted as not pushed, and \`hookshift shadow\` will tell.`
      ]
}

const outsideTheBand = (report: Report): ReadonlyArray<string> => {
  const runs = report.replay?.runs
  const [calls, reduction] = [runs?.bands["webhookCalls"], runs?.bands["reduction"]]
  const forecast = forecastOfDays(report)
  if (runs === undefined || calls == null || reduction == null || forecast === null || isInBand(report)) return []
  const part = playedPart(forecast)
  return [
    `The forecast (${some(asPlayed(forecast), "call")} as the replay plays them${part === null ? "" : `, of ${part}`}) lies outside what ${count(runs.runs)} modelled days make: ${count(calls.low)} to ${count(calls.high)} calls, ${percent(reduction.low)} to ${percent(reduction.high)} fewer. Count on the worse until \`hookshift shadow\` has watched both paths.`
  ]
}

const busierMinutes = (report: Report): ReadonlyArray<string> => {
  const peak = report.replay?.runs?.bands["webhookPeakPerMinute"]
  const days = forecastOfDays(report)
  const played = report.rateLimits.filter(({ account }) => days?.leftOut.every((one) => one.account !== account))
  const part = days === null ? null : playedPart(days)
  const forecast = played.reduce((sum, { peakPerMinuteAfter }) => sum + peakPerMinuteAfter, 0)
  return peak == null || days === null || peak.low <= forecast
    ? []
    : [
        `In the modelled days the busiest minute after the move has ${some(peak.median, "call")} over ${part ?? "all accounts"} (${count(peak.low)} to ${count(peak.high)}); the forecast's busiest minutes add up to ${count(forecast)}.`
      ]
}
