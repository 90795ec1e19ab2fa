/** What may be used of the report. */

export { renderJson } from "./Json.js"
export { count, headline, percent, renderMarkdown, seconds } from "./Markdown.js"
export * from "./Report.js"
