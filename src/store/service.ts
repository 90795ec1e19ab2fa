/** What the capabilities may use of the store as a service. */

export { isRunning, type OtherHost, type RecordingStatus } from "./recording/RecordingStatus.js"
export * from "./Store.js"
