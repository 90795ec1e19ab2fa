/** `hookshift/receiver`: signature checks and the receiver, in plain TypeScript. */
export type { HandedEvent } from "./domain/Event.js"
export {
  createReceiver,
  type EventHandler,
  type Receiver,
  ReceiverError,
  type ReceiverOptions,
  type SignatureCheck,
  type SignatureProfile,
  type SignatureSettings,
  signBody,
  verifyWebhook
} from "./receiver/index.js"
