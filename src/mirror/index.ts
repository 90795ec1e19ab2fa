/** The mirror: the provider's API answered from the receiver's state. */
export { createMirror, type Mirror, type MirrorOptions } from "./createMirror.js"
export { MirrorError } from "./MirrorError.js"
export { openMirror } from "./openMirror.js"
export { expressHandler } from "./servers/expressHandler.js"
export { fastifyPlugin } from "./servers/fastifyPlugin.js"
export { type FetchHandlerOptions, fetchHandler } from "./servers/fetchHandler.js"
export type { HandlerOptions } from "./servers/MountAddress.js"
