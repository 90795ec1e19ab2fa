/** A poller's pictures: its sweeps over the window, its lags now and after, and the ways to go on. */
import { roundedDuration } from "../../domain/DurationText.js"
import type { PollerAssessment } from "../../domain/Poller.js"
import type { Report } from "../../domain/Report.js"
import { count, some } from "../markdown/Words.js"
import { clockTicks, countScale, durationScale } from "./Axes.js"
import { type Colour, linePath, mark, type Picture, plot } from "./Plot.js"

/** Of sweeps in a stretch of time, by the share of them that found nothing. Thickness tells them apart as well. */
const finds = [
  { kind: "found", legend: ["after", "found something"], is: (share: number | null) => share !== null && share <= 0.5 },
  {
    kind: "mostly",
    legend: ["other", "mostly nothing"],
    is: (share: number | null) => share !== null && share > 0.5 && share < 1
  },
  { kind: "empty", legend: ["now", "nothing"], is: (share: number | null) => share === 1 },
  { kind: "unread", legend: ["soft", "unknown"], is: (share: number | null) => share === null }
] as const

export const sweepsOf = ({ sweeps, timeline }: PollerAssessment, { window }: Report): Picture | null => {
  const steps = timeline.sweeps.length
  if (steps === 0) return null
  const kindAt = (step: number): number | null => {
    const all = timeline.sweeps[step]!
    if (all === 0) return null
    const share = timeline.empty === null ? null : timeline.empty[step]! / all
    return finds.findIndex(({ is }) => is(share))
  }
  const paths = finds.map(() => "")
  for (let at = 0; at < steps; ) {
    const kind = kindAt(at)
    let end = at + 1
    while (end < steps && kindAt(end) === kind) end++
    if (kind !== null) paths[kind] += `M${at} 5h${end - at}`
    at = end
  }
  const shown = finds.filter((_, at) => paths[at] !== "")
  return {
    title: "Sweeps",
    description: `${some(sweeps, "sweep")} over the window, in stretches of ${roundedDuration(timeline.stepSeconds)}: those of a stretch found something, mostly nothing or nothing. A gap: no sweep.`,
    html: plot({
      height: 24,
      labels: 0,
      x: clockTicks(window.from, window.seconds),
      y: [],
      legend: shown.map(({ legend: [colour, name] }) => [colour, name] as const),
      box: [steps, 10],
      svg: finds.map(({ kind }, at) => (paths[at] === "" ? "" : `<path class="${kind}" d="${paths[at]}"/>`)).join("")
    })
  }
}

/** How many changes have arrived after how long; `null` where that is unknown. */
export const lagsOf = (poller: PollerAssessment): Picture | null => {
  const { forecastFreshnessSeconds: after, freshnessQuantiles: now } = poller
  if (now === null) return null
  const forecast =
    after === null
      ? []
      : ([
          [after.p50, 0.5],
          [after.p95, 0.95],
          [after.max, 1]
        ] as const)
  const scale = durationScale([...now, ...forecast.map(([seconds]) => seconds)])
  const path = linePath(now.map((seconds, at) => [scale.at(seconds) * 1_000, 1_000 - (at / (now.length - 1)) * 1_000]))
  return {
    title: "Lags",
    description:
      "The share of changes that has arrived so long after it was made, on a log axis: now (line), and forecast (half of them, 95 of 100, all).",
    html: plot({
      height: 150,
      labels: 5,
      x: scale.ticks,
      y: [0, 0.5, 1].map((at) => ({ at, label: `${at * 100} %` })),
      legend: [["now", "now"], ...(forecast.length === 0 ? [] : [["after", "after"] as const])],
      svg: `<path class="line now" d="${path}"/>`,
      marks: forecast.map(([seconds, share]) => mark("after", scale.at(seconds), share, "")).join("")
    })
  }
}

/** Calls against p95 of each way, numbered as in its table; `null` where fewer than three are known. */
export const waysOf = ({ alternatives }: PollerAssessment): Picture | null => {
  const known = alternatives.flatMap((one, at) =>
    one.freshnessSeconds === null ? [] : [{ ...one, number: at + 1, p95: one.freshnessSeconds.p95 }]
  )
  if (known.length < 3) return null
  const calls = countScale(known.map((one) => Math.max(1, one.calls)))
  const lags = durationScale(known.map(({ p95 }) => p95))
  const colourOf = ({ lost, name }: (typeof known)[number]): Colour =>
    lost > 0 ? "limit" : name === "as is" ? "now" : name.startsWith("webhooks") ? "after" : "other"
  const names: ReadonlyArray<readonly [Colour, string]> = [
    ["now", "as is"],
    ["other", "tuned polling"],
    ["after", "webhooks"],
    ["limit", "loses changes"]
  ]
  const used = new Set(known.map(colourOf))
  return {
    title: "Calls against p95",
    description: `Calls (across) against the lag that 95 of 100 changes keep (up), both on log axes and numbered as in the table: down and to the left is better. The fewest: ${count(Math.min(...known.map((one) => one.calls)))} calls.`,
    html: plot({
      height: 190,
      labels: 6,
      x: calls.ticks,
      y: lags.ticks,
      legend: names.filter(([colour]) => used.has(colour)),
      marks: known
        .map((one) => mark(colourOf(one), calls.at(Math.max(1, one.calls)), lags.at(one.p95), count(one.number)))
        .join("")
    })
  }
}
