/**
 * Subscriptions: plan, apply, status, remove; the generated app, runbooks, secret rotation, and the types to
 * reconcile.
 */
export { generateApp } from "./app/generateApp.js"
export * from "./ReconciledEntities.js"
export { type RunbookSteps, runbooksFor } from "./Runbook.js"
export { rotationStep, secretHandOver } from "./SecretRotation.js"
export { type PlannedSubscription, planSubscriptions } from "./SubscriptionPlan.js"
export * from "./Subscriptions.js"
