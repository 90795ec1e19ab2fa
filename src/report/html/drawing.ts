/** Drawing of charts as SVG, in colours for a light and a dark background. */
import * as echarts from "echarts"

export interface Chart {
  readonly title: string
  /** Text alternative. */
  readonly description: string
  readonly svg: string
}

// Readable on a light and on a dark background.
export const colours = {
  before: "#c2410c",
  after: "#0f766e",
  limit: "#b91c1c",
  other: "#6d5bd0",
  text: "#6b7280",
  line: "#9ca3af55"
}

export const axis = {
  axisLabel: { color: colours.text },
  axisLine: { lineStyle: { color: colours.line } },
  splitLine: { lineStyle: { color: colours.line } }
}
export const nameStyle = { nameTextStyle: { color: colours.text } }

export const draw = (option: echarts.EChartsOption, width: number, height: number): string => {
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
export const width = 880
