/** A mirror from the configuration, for the command line; how a mirror reads the provider, and its rule on requests. */
export { configuredMirror, configuredRule } from "./configuredMirror.js"
export { providerReading } from "./providerReading.js"
export { mirrorRule } from "./RecordedRequests.js"
