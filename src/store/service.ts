/** The store as an Effect service, for the capabilities. */

export { isRunning, type OtherHost, type RecordingStatus } from "./recording/RecordingStatus.js"
export * from "./Store.js"
