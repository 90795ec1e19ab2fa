/** What the configuration says of a mirror, for the command line. */
export { configuredMirror } from "./configuredMirror.js"
