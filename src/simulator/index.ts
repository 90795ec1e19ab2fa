/** What may be used of the simulator: by the command line and the demo, never by a capability. */

export type { SimulatedProductName } from "./Product.js"
export * from "./Simulator.js"
