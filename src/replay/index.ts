/** What may be used of the replay. */
export { startProgram } from "./Program.js"
export * from "./Replay.js"
export { type Stage, setStage } from "./Stage.js"
export * from "./StandIn.js"
