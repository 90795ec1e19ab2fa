/** A mirror from the configuration, for the command line; how a mirror reads the provider. */
export { configuredMirror, usualRecheckMs } from "./configuredMirror.js"
export { providerReading } from "./providerReading.js"
