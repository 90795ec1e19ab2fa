/** What the other capabilities may use of the recorder. No Effect in here. */
export { makeCallWriter } from "./CallWriter.js"
export { readCaptureSettings } from "./CaptureSettings.js"
export * from "./instrumentFetch.js"
export { type Observation, observationOf } from "./Observation.js"
export * from "./proxy/RecordingProxy.js"
export type { Upstream } from "./proxy/Upstreams.js"
export * from "./Recorder.js"
export * from "./recordProgram.js"
