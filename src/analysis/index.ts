/** What may be used of the analysis. */
export * from "./Analysis.js"
export { verdictRules } from "./verdicts/Verdicts.js"
