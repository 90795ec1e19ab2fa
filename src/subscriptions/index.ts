/** What may be used of the subscriptions. */
export { generateApp } from "./app/generateApp.js"
export { type PlannedSubscription, planSubscriptions } from "./Plan.js"
export * from "./Reconciled.js"
export { rotationStep, secretHandOver } from "./Rotation.js"
export { type RunbookSteps, runbooksFor } from "./Runbook.js"
export * from "./Subscriptions.js"
