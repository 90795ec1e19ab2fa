/** The trade-offs' picture as a file of its own. */
import type { TradeOffs } from "../../domain/Replay.js"
import { tradeOffChart } from "./ReplayCharts.js"

/** An SVG document on a white ground, with its title and what it shows. */
export const renderTradeOffs = (result: TradeOffs): string => {
  const { description, svg, title } = tradeOffChart(result)
  const escape = (text: string): string =>
    text.replace(/[&<>]/g, (mark) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[mark]!)
  return svg
    .replace(/^<svg class="chart"/, '<svg style="background:#fff"')
    .replace(/^(<svg[^>]*>)/, (start) => `${start}<title>${escape(title)}</title><desc>${escape(description)}</desc>`)
}
