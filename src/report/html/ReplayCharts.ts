/** Charts of replays: one hour of both paths, and calls against freshness. */
import { roundedDuration } from "../../domain/DurationText.js"
import type { ReplayTimeline, StalenessPoint, TimelineMark, TradeOffs } from "../../domain/Replay.js"
import { count } from "../markdown/Words.js"
import { axis, type Chart, colours, draw, nameStyle, width } from "./drawing.js"

const minutes = (value: number): number => Math.round((value / 60) * 1_000) / 1_000

/** A hollow dot brought nothing. */
const dots = (row: string, marks: ReadonlyArray<TimelineMark>, colour: string) =>
  marks.map(({ at, found }) => ({
    value: [minutes(at), row],
    symbolSize: found > 0 ? 7 : 6,
    itemStyle: found > 0 ? { color: colour } : { color: "transparent", borderColor: colour, borderWidth: 1 }
  }))

const area = (points: ReadonlyArray<StalenessPoint>) => points.map(({ at, seconds: age }) => [minutes(at), age])

const worst = (points: ReadonlyArray<StalenessPoint>): number =>
  points.reduce((most, { seconds: age }) => Math.max(most, age), 0)

export const timelineChart = ({ account, changes, from, polling, webhook }: ReplayTimeline): Chart => {
  const pollingRows = ["sweeps", "changes"]
  const webhookRows = ["reconciliation", "fetches", "retries", "deliveries", "changes"]
  const staleness = (
    name: string,
    points: ReadonlyArray<StalenessPoint>,
    grid: number,
    colour: string,
    opacity = 0.18
  ) => ({
    name,
    type: "line" as const,
    xAxisIndex: grid,
    yAxisIndex: grid * 2 + 1,
    showSymbol: false,
    lineStyle: { color: colour, width: 1 },
    itemStyle: { color: colour },
    areaStyle: { color: colour, opacity },
    data: area(points)
  })
  const scatter = (grid: number, data: ReturnType<typeof dots>) => ({
    type: "scatter" as const,
    xAxisIndex: grid,
    yAxisIndex: grid * 2,
    data
  })
  // Both areas share one scale.
  const most = Math.max(1, worst(polling.staleness), worst(webhook.staleness))
  const valueAxis = (gridIndex: number) => ({
    type: "value" as const,
    gridIndex,
    max: Math.ceil(most / 60) * 60,
    name: "age (s)",
    nameLocation: "middle" as const,
    nameGap: 44,
    position: "right" as const,
    ...nameStyle,
    ...axis,
    splitLine: { show: false }
  })
  const rowAxis = (gridIndex: number, data: ReadonlyArray<string>) => ({
    type: "category" as const,
    gridIndex,
    data: [...data],
    ...axis,
    splitLine: { show: true, lineStyle: { color: colours.line } }
  })
  const timeAxis = (gridIndex: number, name: string) => ({
    type: "value" as const,
    gridIndex,
    min: 0,
    max: 60,
    interval: 10,
    name,
    nameLocation: "middle" as const,
    nameGap: 26,
    ...nameStyle,
    ...axis
  })
  const start = from.slice(0, 16).replace("T", " ")
  const empty = polling.sweeps.filter(({ found }) => found === 0).length
  return {
    title: `An hour of ${account}, polling above webhooks`,
    description: `From ${start} UTC, the hour with most changes: ${count(changes.length)} changes. Polling: ${count(polling.sweeps.length)} sweeps, ${count(empty)} of them empty (hollow). Webhooks: ${count(webhook.deliveries.length)} deliveries, ${count(webhook.retries.length)} retries, ${count(webhook.hydrations.length)} fetches, ${count(webhook.reconciliation.length)} reconciliation sweeps. The areas are the age of the oldest change that the path has not brought: up to ${roundedDuration(worst(polling.staleness))} by polling; by webhooks up to ${roundedDuration(worst(webhook.pushedStaleness))} where an event tells of it (dark), and up to ${roundedDuration(worst(webhook.staleness))} where none does and it waits for reconciliation (light).`,
    svg: draw(
      {
        legend: { show: false },
        grid: [
          { left: 96, right: 76, top: 12, height: 130 },
          { left: 96, right: 76, top: 196, height: 210 }
        ],
        xAxis: [timeAxis(0, "polling"), timeAxis(1, `webhooks (minutes from ${start.slice(11)} UTC)`)],
        yAxis: [rowAxis(0, pollingRows), valueAxis(0), rowAxis(1, webhookRows), valueAxis(1)],
        series: [
          staleness("polling", polling.staleness, 0, colours.before),
          scatter(0, dots("changes", changes, colours.other)),
          scatter(0, dots("sweeps", polling.sweeps, colours.before)),
          staleness("webhooks", webhook.staleness, 1, colours.text, 0.12),
          staleness("pushed", webhook.pushedStaleness, 1, colours.after, 0.5),
          scatter(1, dots("changes", changes, colours.other)),
          scatter(1, dots("deliveries", webhook.deliveries, colours.after)),
          scatter(1, dots("retries", webhook.retries, colours.limit)),
          scatter(1, dots("fetches", webhook.hydrations, "#0891b2")),
          scatter(1, dots("reconciliation", webhook.reconciliation, colours.after))
        ]
      },
      width,
      450
    )
  }
}

const symbols: Readonly<Record<string, string>> = {
  webhooks: "circle",
  polling: "rect",
  "adaptive polling": "triangle"
}

/** Calls against the stalest change, a dot for each alternative and set of faults. */
export const tradeOffChart = ({ lines, runs }: TradeOffs): Chart => {
  const faultSets = [...new Set(lines.map(({ faults }) => faults))]
  const shades = [colours.after, colours.before, colours.other, "#0891b2", "#a16207", colours.limit]
  const nameOf = (faults: string): string => (faults === "" ? "no faults" : faults)
  return {
    title: "What freshness costs",
    description: `Calls in a window (median of ${count(runs)} days) against the stalest change of all days: circles are webhooks with reconciliation at the interval beside them, squares polling as it is, triangles polling that adapts.`,
    svg: draw(
      {
        grid: { left: 76, right: 40, top: 40, bottom: 46 },
        xAxis: { type: "value", name: "calls", nameLocation: "middle", nameGap: 28, ...nameStyle, ...axis },
        yAxis: { type: "log", name: "stalest change (s)", ...nameStyle, ...axis },
        series: faultSets.map((faults, index) => ({
          name: nameOf(faults),
          type: "scatter" as const,
          symbolSize: 11,
          itemStyle: { color: shades[index % shades.length]! },
          label: {
            show: true,
            position: "right" as const,
            color: colours.text,
            fontSize: 10,
            formatter: ({ data }: { data?: unknown }) => (data as { readonly name: string }).name
          },
          data: lines
            .filter((line) => line.faults === faults && line.calls !== null)
            .map(({ calls, reconcileSeconds, way, worstSeconds }) => ({
              name: reconcileSeconds === null ? way : roundedDuration(reconcileSeconds),
              value: [calls!.median, Math.max(0.1, worstSeconds)],
              symbol: symbols[way]!
            }))
        }))
      },
      width,
      360
    )
  }
}
