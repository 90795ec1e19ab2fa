/** The simulator's exports, for the command line and the demo; no capability imports them. */

export type { SimulatedProductName } from "./Product.js"
export * from "./Simulator.js"
