/** `hookshift/receiver`: signature checks, the receiver, and its handlers for other servers, in plain TypeScript. */
export type {
  /** An earlier name. */
  WebhookEvent as HandedEvent,
  WebhookEvent
} from "./domain/Event.js"
export { UnsupportedNode } from "./domain/SupportedNode.js"
export {
  createReceiver,
  type EventHandler,
  type ExecOptions,
  execProgram,
  expressHandler,
  type FetchHandlerOptions,
  type ForwardOptions,
  fastifyPlugin,
  fetchHandler,
  forwardTo,
  type HandOverSettings,
  type ListenerLimits,
  type Receiver,
  ReceiverError,
  type ReceiverOptions,
  type SignatureCheck,
  type SignatureProfile,
  type SignatureSettings,
  signBody,
  type Target,
  TargetFailure,
  verifyWebhook
} from "./receiver/index.js"
