/** What needs more to be loaded: the charts of the HTML report, and the files for build servers. */
export { renderStepSummary } from "./ci/StepSummary.js"
export { type FormatName, formats } from "./Formats.js"
export { renderHtml } from "./html/Html.js"
export { renderTradeOffs } from "./html/TradeOffs.js"
