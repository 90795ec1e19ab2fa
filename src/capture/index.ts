/** What the other capabilities may use of the recorder. No Effect in here. */

export * from "./clients/instrumentFetch.js"
export { type Observation, observationOf } from "./Observation.js"
export * from "./program/recordProgram.js"
export * from "./proxy/RecordingProxy.js"
export type { Upstream } from "./proxy/Upstreams.js"
export * from "./recorder/Recorder.js"
export { redactBody } from "./redaction/Body.js"
export { readCaptureSettings } from "./settings/CaptureSettings.js"
export { makeCallWriter } from "./writer/CallWriter.js"
