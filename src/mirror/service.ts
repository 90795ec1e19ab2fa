/** A mirror from the configuration, for the command line. */
export { configuredMirror } from "./configuredMirror.js"
