/** What may be used of the receiver. */
export { forwardTo, standardWebhookSignature } from "./Forward.js"
export type { EventHandler } from "./HandOver.js"
export { type Applied, type DeliveryState, type Inbox, type InboxLine, openInbox } from "./Inbox.js"
export * from "./Receiver.js"
export * from "./Reconciliation.js"
export * from "./Signature.js"
