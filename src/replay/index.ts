/** What may be used of the replay. */

export { checkHistory } from "./history/Checker.js"
export type { HistoryLine } from "./history/HistoryLine.js"
export type { Violation } from "./history/Violation.js"
export { type Draw, type DrawsFor, drawsOf } from "./model/Draws.js"
export { type FastFigures, type FastOptions, runFast } from "./model/FastDriver.js"
export { type Rules, rules } from "./model/Rules.js"
export * from "./model/Scenario.js"
export { type RunningProgram, startProgram } from "./wire/Program.js"
export * from "./wire/Replay.js"
export type { ReplayPlan } from "./wire/ReplayPlan.js"
export { type Stage, setStage } from "./wire/Stage.js"
export * from "./wire/StandIn.js"
