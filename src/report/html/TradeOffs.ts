/** The trade-off chart as a file. */
import type { TradeOffs } from "../../domain/Replay.js"
import { tradeOffChart } from "./ReplayCharts.js"

/** An SVG document on white, with title and description. */
export const renderTradeOffs = (result: TradeOffs): string => {
  const { description, svg, title } = tradeOffChart(result)
  const escape = (text: string): string =>
    text.replace(/[&<>]/g, (mark) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[mark]!)
  return svg
    .replace(/^<svg class="chart"/, '<svg style="background:#fff"')
    .replace(/^(<svg[^>]*>)/, (start) => `${start}<title>${escape(title)}</title><desc>${escape(description)}</desc>`)
}
