/** What may be used of the receiver. */
export { forwardTo } from "./Forward.js"
export type { EventHandler } from "./HandOver.js"
export { type DeliveryState, type Inbox, openInbox } from "./Inbox.js"
export * from "./Receiver.js"
export * from "./Reconciliation.js"
export * from "./Signature.js"
