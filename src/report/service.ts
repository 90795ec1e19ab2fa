/** What needs a chart library to be loaded: the HTML report. */
export { renderHtml } from "./html/Html.js"
