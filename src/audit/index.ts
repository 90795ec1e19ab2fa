/** What the command line may use of the audit. */
export * from "./Audit.js"
export { readChanges, truthFileOf, writeTruth } from "./ChangeFile.js"
export { demoAccounts, demoDay, demoOf } from "./Demo.js"
export * from "./Faults.js"
export { recordedReplay } from "./RecordedReplay.js"
export { scenariosOf } from "./scenarios/Scenarios.js"
