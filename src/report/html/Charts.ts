/** The charts of `report.html`, drawn as SVG while the report is written: no script is needed to see them. */
import type { PollerAssessment } from "../../domain/Poller.js"
import type { RateLimitUse, Report } from "../../domain/Report.js"
import { isReplaced } from "../../domain/Verdict.js"
import { axis, type Chart, colours, draw, nameStyle, width } from "./drawing.js"

const shades = [colours.after, "#0891b2", colours.other, "#a16207", colours.limit]

/** More lines than this nobody can tell apart; more strips make a page of their own. */
const mostLines = 10
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

/** Freshness now and after, median to the slowest, each poller a pair of bars on a log axis. */
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

/** How the lags of each poller are distributed, those with the most calls. */
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

/** A strip for each poller: when it swept, and which of its sweeps found nothing. */
export const stripsOf = (report: Report): Chart | null => {
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
  // Told by height as well as by colour.
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

/** How often to reconcile: what it costs, and how long the slowest poller's changes wait. */
export const tradeOffOf = (report: Report): Chart | null => {
  const moving = report.pollers.filter(isReplaced)
  const intervals = [
    ...new Set(
      moving.flatMap((poller) => poller.alternatives.flatMap(({ reconcileSeconds }) => reconcileSeconds ?? []))
    )
  ].sort((a, b) => a - b)
  if (intervals.length < 2) return null
  const at = (seconds: number) =>
    moving.flatMap((poller) => poller.alternatives.filter((one) => one.reconcileSeconds === seconds))
  const labels = intervals.map((seconds) => (seconds < 3_600 ? `${seconds / 60} min` : `${seconds / 3_600} h`))
  return {
    title: "How often to reconcile",
    description: `Calls of the pollers that move (bars), and the lag that 95 of 100 changes of the slowest of them keep (line): ${intervals.map((seconds, n) => `${labels[n]} ${at(seconds).reduce((sum, { calls }) => sum + calls, 0)} calls`).join(", ")}.`,
    svg: draw(
      {
        grid: { left: 70, right: 70, top: 40, bottom: 30 },
        xAxis: { type: "category", data: labels, ...axis },
        yAxis: [
          { type: "value", name: "calls", ...nameStyle, ...axis },
          { type: "log", name: "lag p95 (s)", ...nameStyle, ...axis, splitLine: { show: false } }
        ],
        series: [
          {
            name: "calls",
            type: "bar",
            barMaxWidth: 48,
            itemStyle: { color: colours.after },
            data: intervals.map((seconds) => at(seconds).reduce((sum, { calls }) => sum + calls, 0))
          },
          {
            name: "lag p95 of the slowest",
            type: "line",
            yAxisIndex: 1,
            itemStyle: { color: colours.before },
            lineStyle: { color: colours.before },
            data: intervals.map((seconds) =>
              Math.max(0.1, ...at(seconds).map(({ freshnessSeconds }) => freshnessSeconds?.p95 ?? 0))
            )
          }
        ]
      },
      width,
      260
    )
  }
}

/** Freshness against calls: what each way would cost and bring. */
export const waysOf = (poller: PollerAssessment): Chart | null => {
  const known = poller.alternatives.filter(({ freshnessSeconds }) => freshnessSeconds !== null)
  if (known.length < 3) return null
  const group = (name: string, colour: string, symbol: string, belongs: (one: (typeof known)[number]) => boolean) => ({
    name,
    type: "scatter" as const,
    symbol,
    symbolSize: 12,
    itemStyle: { color: colour },
    label: {
      show: true,
      position: "right" as const,
      color: colours.text,
      fontSize: 10,
      formatter: (point: { readonly data: unknown }) => String((point.data as ReadonlyArray<unknown>)[2])
    },
    labelLayout: { hideOverlap: true },
    data: known
      .filter(belongs)
      .map((one) => [Math.max(1, one.calls), Math.max(0.1, one.freshnessSeconds!.p95), one.name])
  })
  return {
    title: `Ways to go on with ${poller.integration}`,
    description:
      "Calls over the window against the lag that 95 of 100 changes keep, both on log axes: down and to the left is better.",
    svg: draw(
      {
        grid: { left: 60, right: 160, top: 36, bottom: 44 },
        xAxis: { type: "log", name: "calls", nameLocation: "middle", nameGap: 28, ...nameStyle, ...axis },
        yAxis: { type: "log", name: "lag p95 (s)", ...nameStyle, ...axis },
        series: [
          group("as is", colours.before, "circle", ({ name }) => name === "as is"),
          group("tuned polling", colours.other, "rect", ({ name }) => name !== "as is" && !name.startsWith("webhooks")),
          group("webhooks", colours.after, "diamond", ({ lost, name }) => name.startsWith("webhooks") && lost === 0),
          group("loses changes", colours.limit, "triangle", ({ lost }) => lost > 0)
        ]
      },
      width,
      300
    )
  }
}

/** What the calls that remain are for. */
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
