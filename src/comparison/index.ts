/** What may be used of the comparison of two audits. */
export * from "./Comparison.js"
export { renderComparison } from "./Markdown.js"
