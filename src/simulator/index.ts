/** What may be used of the simulator: by the command line and the demo, never by a capability. */
export * from "./Simulator.js"
export type { Change, EntityName, WorldScript } from "./World.js"
