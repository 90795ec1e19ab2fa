/** A mirror from the configuration, for the command line; its rule on requests, for forecasts. */
export { configuredMirror } from "./configuredMirror.js"
export { mirrorRule } from "./RecordedRequests.js"
