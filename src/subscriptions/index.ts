/**
 * Subscriptions: plan, apply, status, remove; the generated app, runbooks, secret rotation, and the types to
 * reconcile.
 */
export { appliedBefore, withEarlierWatches } from "./AppliedBefore.js"
export { InstallFailed } from "./app/AppInstall.js"
export { generateApp } from "./app/generateApp.js"
export * from "./ReconciledEntities.js"
export { refreshCommand } from "./RefreshCommand.js"
export { type RunbookSteps, runbooksFor } from "./Runbook.js"
export { rotationStep, secretHandOver } from "./SecretRotation.js"
export { hookOf, type PlannedSubscription, planSubscriptions } from "./SubscriptionPlan.js"
export { describeRemoval, removeSubscriptions } from "./SubscriptionRemoval.js"
export { type SubscriptionStatus, subscriptionStatus } from "./SubscriptionStatus.js"
export * from "./Subscriptions.js"
