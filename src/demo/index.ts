/**
 * The demo: its accounts, its day and its audit (`demoOf`); the simulator as a replay's stand-in (`simulatedAccounts`).
 */
export { demoAccounts, demoDay, demoOf, isDemoRecording } from "./Demo.js"
export { sampleWholePages } from "./SampleIntegrations.js"
export { simulatedAccounts } from "./SimulatedAccounts.js"
