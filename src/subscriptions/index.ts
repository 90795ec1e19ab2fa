/** What may be used of the subscriptions. */
export { type PlannedSubscription, planSubscriptions } from "./Plan.js"
export * from "./Subscriptions.js"
