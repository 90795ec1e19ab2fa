/** What the command line may use of the demo, and of the simulator as a replay's stand-in. */
export { demoAccounts, demoDay, demoOf } from "./Demo.js"
export { simulatedAccounts } from "./SimulatedAccounts.js"
