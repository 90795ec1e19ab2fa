/** The demo's exports for the command line, and the simulator as a replay's stand-in. */
export { demoAccounts, demoDay, demoOf } from "./Demo.js"
export { simulatedAccounts } from "./SimulatedAccounts.js"
