/** The charts of `report.html`, drawn as SVG when the report is written: they need no script. */
import type { PollerAssessment } from "../../domain/Poller.js"
import type { RateLimitUse, Report } from "../../domain/Report.js"
import { axis, type Chart, colours, draw, nameStyle, width } from "./drawing.js"

const shades = [colours.after, "#0891b2", colours.other, "#a16207", colours.limit]

/** Lines that can be told apart in one chart. */
const mostLines = 10
/** Strips that fit a page. */
const mostStrips = 40

export const callsPerMinute = (use: RateLimitUse): Chart => {
  const from = Date.parse(use.minutes.from)
  const points = (counts: ReadonlyArray<number>) =>
    counts.map((count, at) => [from + at * use.minutes.stepMinutes * 60_000, count])
  const limit = use.limitPerMinute
  return {
    title: `Calls a minute on ${use.account}`,
    description: `Now at most ${use.peakPerMinuteBefore} a minute, after at most ${use.peakPerMinuteAfter}${limit === null ? "" : `; the limit is ${limit}`}.`,
    svg: draw(
      {
        useUTC: true,
        grid: { left: 50, right: 20, top: 36, bottom: 30 },
        xAxis: { type: "time", ...axis },
        yAxis: { type: "value", min: 0, ...axis },
        series: [
          {
            name: "now",
            type: "line",
            data: points(use.minutes.before),
            showSymbol: false,
            lineStyle: { width: 1, color: colours.before },
            itemStyle: { color: colours.before },
            ...(limit === null || limit > use.peakPerMinuteBefore * 3
              ? {}
              : {
                  markLine: {
                    symbol: "none",
                    silent: true,
                    lineStyle: { color: colours.limit },
                    label: { color: colours.text, formatter: `limit ${limit}` },
                    data: [{ yAxis: limit }]
                  }
                })
          },
          {
            name: "after",
            type: "line",
            data: points(use.minutes.after),
            showSymbol: false,
            lineStyle: { width: 1.5, color: colours.after },
            itemStyle: { color: colours.after }
          }
        ]
      },
      width,
      240
    )
  }
}

/** Freshness now and after: median and p95 of each poller, on a log axis. */
export const freshnessOf = (report: Report): Chart | null => {
  const known = report.pollers.filter(
    (poller) => poller.freshnessSeconds !== null && poller.forecastFreshnessSeconds !== null
  )
  if (known.length === 0) return null
  const names = known.map(labelOf)
  const bar = (
    name: string,
    colour: string,
    valuesOf: (poller: PollerAssessment) => PollerAssessment["freshnessSeconds"]
  ) =>
    (["p50", "p95"] as const).map((quantile) => ({
      name: `${name}, ${quantile}`,
      type: "scatter" as const,
      symbol: quantile === "p50" ? "circle" : "diamond",
      symbolSize: 10,
      itemStyle: { color: colour, opacity: quantile === "p50" ? 1 : 0.6 },
      data: known.map((poller, at) => [Math.max(0.1, valuesOf(poller)![quantile]), at])
    }))
  return {
    title: "Freshness now and after",
    description: `Lag from a change to its arrival, by poller, on a log axis: circles the median, diamonds 95 of 100.`,
    svg: draw(
      {
        grid: { left: 190, right: 30, top: 40, bottom: 44 },
        xAxis: { type: "log", name: "seconds", nameLocation: "middle", nameGap: 28, ...nameStyle, ...axis },
        yAxis: { type: "category", data: names, inverse: true, ...axis },
        series: [
          ...bar("now", colours.before, (poller) => poller.freshnessSeconds),
          ...bar("after", colours.after, (poller) => poller.forecastFreshnessSeconds)
        ]
      },
      width,
      90 + known.length * 26
    )
  }
}

const labelOf = (poller: PollerAssessment): string =>
  poller.integration.length > 26 ? `${poller.integration.slice(0, 25)}…` : poller.integration

/** Distribution of the lags, for the pollers with the most calls. */
export const lagsOf = (report: Report): Chart | null => {
  const known = report.pollers.filter((poller) => poller.freshnessQuantiles !== null).slice(0, mostLines)
  if (known.length === 0) return null
  return {
    title: "Lags now",
    description: "Which share of the changes has arrived so many seconds after it was made, by poller, on a log axis.",
    svg: draw(
      {
        grid: { left: 60, right: 30, top: 84, bottom: 44 },
        xAxis: { type: "log", name: "seconds", nameLocation: "middle", nameGap: 28, min: 0.1, ...nameStyle, ...axis },
        yAxis: { type: "value", min: 0, max: 100, name: "% arrived", ...nameStyle, ...axis },
        series: known.map((poller, at) => ({
          name: labelOf(poller),
          type: "line" as const,
          showSymbol: false,
          step: "end" as const,
          lineStyle: { width: 1.5, color: shades[at % shades.length]!, type: at < shades.length ? "solid" : "dashed" },
          itemStyle: { color: shades[at % shades.length]! },
          data: poller.freshnessQuantiles!.map((seconds, n, all) => [
            Math.max(0.1, seconds),
            (100 * n) / (all.length - 1)
          ])
        }))
      },
      width,
      340
    )
  }
}

/** A strip for each poller: its sweeps over the window, and which of them were empty. */
export const sweepStripsOf = (report: Report): Chart | null => {
  const known = report.pollers.slice(0, mostStrips)
  if (known.length === 0) return null
  const from = Date.parse(report.window.from)
  const cells = (which: (share: number | null) => boolean) =>
    known.flatMap(({ timeline }, row) =>
      timeline.sweeps.flatMap((count, step) => {
        const share = timeline.empty === null ? null : timeline.empty[step]! / count
        return count > 0 && which(share) ? [[from + (step + 0.5) * timeline.stepSeconds * 1_000, row]] : []
      })
    )
  // Height tells the groups apart without colour.
  const group = (name: string, colour: string, high: number, which: (share: number | null) => boolean) => ({
    name,
    type: "scatter" as const,
    symbol: "rect",
    symbolSize: [5, high],
    itemStyle: { color: colour },
    data: cells(which)
  })
  return {
    title: "Sweeps",
    description:
      "Each mark is a stretch of the window in which a poller swept: whether its sweeps there found something, mostly nothing, or nothing at all. No mark: no sweep.",
    svg: draw(
      {
        useUTC: true,
        grid: { left: 190, right: 30, top: 40, bottom: 30 },
        xAxis: { type: "time", min: from, max: Date.parse(report.window.to), ...axis },
        yAxis: { type: "category", data: known.map(labelOf), inverse: true, ...axis },
        series: [
          group("found something", colours.after, 16, (share) => share !== null && share <= 0.5),
          group("mostly nothing", "#d9a441", 10, (share) => share !== null && share > 0.5 && share < 1),
          group("nothing", colours.before, 5, (share) => share === 1),
          group("unknown", colours.text, 10, (share) => share === null)
        ].filter(({ data }) => data.length > 0)
      },
      width,
      80 + known.length * 24
    )
  }
}

/** Calls now and after, by part. */
export const breakdownOf = (report: Report): Chart => {
  const { calls, callsAfter } = report.totals
  const parts = Object.entries(report.callsAfterBreakdown).filter(([, count]) => count > 0)
  return {
    title: "Calls now and after",
    description: `${calls} calls now, ${callsAfter} after: ${parts.map(([name, count]) => `${name} ${count}`).join(", ")}.`,
    svg: draw(
      {
        grid: { left: 70, right: 30, top: 36, bottom: 30 },
        xAxis: { type: "value", ...axis },
        yAxis: { type: "category", data: ["after", "now"], ...axis },
        series: [
          { name: "now", type: "bar", stack: "calls", data: [0, calls], itemStyle: { color: colours.before } },
          ...parts.map(([name, count], at) => ({
            name,
            type: "bar" as const,
            stack: "calls",
            data: [count, 0],
            itemStyle: { color: shades[at % shades.length]! }
          }))
        ]
      },
      width,
      150
    )
  }
}
