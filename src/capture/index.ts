/** What the other capabilities may use of the recorder. No Effect in here. */
export { builtEntry } from "./builtEntry.js"
export * from "./instrumentFetch.js"
export * from "./Recorder.js"
export * from "./recordProgram.js"
