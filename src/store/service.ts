/** What the capabilities may use of the store as a service. */

export { isRunning, type RecorderRow, type RecordingStatus } from "./RecordingStatus.js"
export * from "./Store.js"
