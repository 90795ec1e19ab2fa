/** What may be used of the analysis. */
export * from "./Analysis.js"
export { rules as findingRules } from "./findings/Findings.js"
export type { AnalysisSettings } from "./Settings.js"
export { verdictRules } from "./verdicts/Verdicts.js"
