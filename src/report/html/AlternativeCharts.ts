/** The charts under "What else could be done": reconciliation intervals, and the alternatives to a poller. */
import type { PollerAssessment } from "../../domain/Poller.js"
import type { Report } from "../../domain/Report.js"
import { isReplaced } from "../../domain/Verdict.js"
import { axis, type Chart, colours, draw, nameStyle, width } from "./drawing.js"

/** Reconciliation intervals: calls, and the lag of the slowest poller. */
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

/** The alternatives to a poller: freshness against calls. */
export const alternativesOf = (poller: PollerAssessment): Chart | null => {
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
