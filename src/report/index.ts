/** What may be used of the report. */

export { headline } from "./markdown/Headline.js"
export { renderMarkdown } from "./markdown/Markdown.js"
export { type ForecastCalls, sideBySide } from "./markdown/SideBySide.js"
export { code, count, leftOutSentence, noPollers, pace, percent, seconds, some, text } from "./markdown/Words.js"
export { readReport } from "./ReadReport.js"
export * from "./Report.js"
