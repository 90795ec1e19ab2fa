/** What the command line may use of the audit. */
export * from "./Audit.js"
export * from "./Faults.js"
