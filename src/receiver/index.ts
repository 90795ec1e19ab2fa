/**
 * The receiver: `createReceiver`, its targets and its handlers for other servers, signatures, and the inbox for
 * commands.
 */

export type { InboxFilter } from "../store/index.js"
export { type ExecOptions, execProgram } from "./handover/ExecProgram.js"
export { type ForwardOptions, forwardTo } from "./handover/Forward.js"
export type { HandOverSettings } from "./handover/HandOver.js"
export { replaceableTarget } from "./handover/ReplaceableTarget.js"
export { type EventHandler, type Target, TargetFailure } from "./handover/Target.js"
export type { Hydrate } from "./hydration/SharedHydration.js"
export { type Inbox, openInbox } from "./inbox/Inbox.js"
export { isLeaseFree, type Lease, leaseTimes, mirrorRole, takeLease } from "./inbox/Lease.js"
export { rekeyInbox } from "./inbox/Rekey.js"
export {
  type Completeness,
  type FedEntity,
  type HealedChange,
  openStateFeed,
  type PushSigns,
  type ReceiverSigns,
  type StateFeed
} from "./inbox/StateFeed.js"
export type { ListenerLimits } from "./intake/Listener.js"
export type { ReceiverSender, ReceiverSource } from "./intake/Sources.js"
export {
  type AdminListener,
  defaultAdminPort,
  startAdminListener
} from "./operations/AdminListener.js"
export { type Log, sparingly } from "./operations/Log.js"
export * from "./Receiver.js"
export { ReceiverError } from "./ReceiverError.js"
export type { ReceiverOptions } from "./ReceiverOptions.js"
export { expressHandler } from "./servers/expressHandler.js"
export { type FastifyLike, type FastifyReply, leaveBodiesRaw } from "./servers/FastifyLike.js"
export { fastifyPlugin } from "./servers/fastifyPlugin.js"
export { type FetchHandlerOptions, fetchHandler } from "./servers/fetchHandler.js"
export { type ReadRequest, rawBodyOf } from "./servers/ReadBody.js"
export * from "./signatures/Signature.js"
