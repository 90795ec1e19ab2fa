/** Parts that load more code: the HTML report with its charts, and the files for build servers. */
export { renderStepSummary } from "./ci/StepSummary.js"
export { type FormatName, formats } from "./Formats.js"
export { renderHtml } from "./html/Html.js"
export { renderTradeOffs } from "./html/TradeOffs.js"
