/** What may be used of the receiver. */

export type { DeliveryState } from "./Delivery.js"
export { forwardTo } from "./Forward.js"
export type { EventHandler } from "./HandOver.js"
export { type Inbox, openInbox } from "./Inbox.js"
export * from "./Receiver.js"
export * from "./Reconciliation.js"
export * from "./Signature.js"
export type { ReceiverSource } from "./Sources.js"
