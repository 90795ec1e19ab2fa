/** What may be used of the report. */

export { renderJson } from "./Json.js"
export { headline, renderMarkdown } from "./markdown/Markdown.js"
export { count, percent, seconds } from "./markdown/Words.js"
export * from "./Report.js"
