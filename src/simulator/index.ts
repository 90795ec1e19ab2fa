/** What may be used of the simulator: by the command line and the demo, never by a capability. */

export type { EntityName } from "./Entity.js"
export * from "./Simulator.js"
export type { Change, WorldScript } from "./World.js"
