/** The simulator (`startSimulator`), for the command line and the demo; no capability imports it. */

export type { SimulatedProductName } from "./Product.js"
export * from "./Simulator.js"
