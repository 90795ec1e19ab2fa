/**
 * Exports the recorder, the instrumented `fetch`, `recordProgram`, the recording proxy and the writer of rows. No
 * Effect.
 */

export * from "./clients/instrumentFetch.js"
export { type Observation, observationOf } from "./Observation.js"
export * from "./program/recordProgram.js"
export { type ProgramTrial, tryProgram } from "./program/tryProgram.js"
export type { Arrival, ProxyRequest, ProxyResponse } from "./proxy/ClientSide.js"
export { refuse } from "./proxy/Exchange.js"
export { openForwarder } from "./proxy/Forwarder.js"
export { hasBody } from "./proxy/Framing.js"
export type { Decision, Intermediary, WholeAnswer } from "./proxy/Intermediary.js"
export * from "./proxy/RecordingProxy.js"
export type { Target, Upstream } from "./proxy/Upstreams.js"
export * from "./recorder/Recorder.js"
export { redactBody } from "./redaction/Body.js"
export { readCaptureSettings } from "./settings/CaptureSettings.js"
export { isRecordedHost } from "./settings/RecordedHosts.js"
export { originHeader, readWays } from "./through/Ways.js"
export { productToken } from "./writer/CallStreams.js"
export { makeCallWriter } from "./writer/CallWriter.js"
