/**
 * Analysis of a recording: `analyse` gives pollers, verdicts, costs and findings; the rules are exported for reports.
 */
export * from "./Analysis.js"
export { rhythmOf } from "./detection/Rhythm.js"
export { findingRules } from "./findings/Findings.js"
export { migrationPlanOf } from "./planning/MigrationPlanOf.js"
export { type AnalysisSettings, goalOf, setIntervalOf } from "./Settings.js"
export { verdictRules } from "./verdicts/VerdictRules.js"
