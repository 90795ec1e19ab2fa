/** The trade-off chart as a file: calls against the stalest change, drawn as SVG for a light or a dark background. */
import * as echarts from "echarts"
import { roundedDuration } from "../../domain/DurationText.js"
import type { TradeOffs } from "../../domain/Replay.js"
import { count } from "../markdown/Words.js"

/** An SVG document on white, with title and description. */
export const renderTradeOffs = (result: TradeOffs): string => {
  const { description, svg, title } = tradeOffChart(result)
  const escape = (text: string): string =>
    text.replace(/[&<>]/g, (mark) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[mark]!)
  return svg
    .replace(/^<svg class="chart"/, '<svg style="background:#fff"')
    .replace(/^(<svg[^>]*>)/, (start) => `${start}<title>${escape(title)}</title><desc>${escape(description)}</desc>`)
}

interface Chart {
  readonly title: string
  /** Text alternative. */
  readonly description: string
  readonly svg: string
}

// Readable on a light and on a dark background.
const colours = {
  before: "#c2410c",
  after: "#0f766e",
  limit: "#b91c1c",
  other: "#6d5bd0",
  text: "#6b7280",
  line: "#9ca3af55"
}

const axis = {
  axisLabel: { color: colours.text },
  axisLine: { lineStyle: { color: colours.line } },
  splitLine: { lineStyle: { color: colours.line } }
}
const nameStyle = { nameTextStyle: { color: colours.text } }

const draw = (option: echarts.EChartsOption, width: number, height: number): string => {
  const chart = echarts.init(null, null, { renderer: "svg", ssr: true, width, height })
  try {
    chart.setOption({
      animation: false,
      backgroundColor: "transparent",
      textStyle: { fontFamily: "system-ui, sans-serif" },
      // Browsers' fonts are wider than the width measured here.
      legend: { textStyle: { color: colours.text, fontSize: 11 }, itemGap: 26, top: 0 },
      ...option
    })
    // The viewBox has the size; the chart shrinks with the page.
    return chart
      .renderToSVGString()
      .replace(/^<svg width="\d+" height="\d+"/, '<svg class="chart" preserveAspectRatio="xMidYMid meet"')
      .replace(/<style[\s\S]*?<\/style>/g, "")
  } finally {
    chart.dispose()
  }
}

/** Width of a chart across the page. */
const width = 880

const symbols: Readonly<Record<string, string>> = {
  webhooks: "circle",
  polling: "rect",
  "adaptive polling": "triangle"
}

/** Calls against the stalest change, a dot for each alternative and set of faults. */
const tradeOffChart = ({ lines, runs }: TradeOffs): Chart => {
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
