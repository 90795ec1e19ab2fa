/** What may be used of the replay. */
export { type ProgramOptions, startProgram } from "./Program.js"
export * from "./Replay.js"
export { setStage, type Stage } from "./Stage.js"
export * from "./StandIn.js"
export { makeVirtualTime, type VirtualTime } from "./VirtualTime.js"
