/** What the capabilities may use of the store as a service. */

export type { RecorderRow, RecordingStatus } from "./RecordingStatus.js"
export * from "./Store.js"
