/** Diff of two reports: `diffReports` compares them, `renderDiff` writes the result as Markdown. */

export { renderDiff } from "./Markdown.js"
export * from "./ReportDiff.js"
