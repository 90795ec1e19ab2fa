/** What may be used of the replay. */
export { type RunningProgram, startProgram } from "./Program.js"
export * from "./Replay.js"
export type { ReplayPlan } from "./ReplayPlan.js"
export { type Stage, setStage } from "./Stage.js"
export * from "./StandIn.js"
