/** The mirror: the provider's API answered from the receiver's state. */
export type { ProviderReading } from "./Hydrating.js"
export { type MirrorSource, openMirror } from "./openMirror.js"
