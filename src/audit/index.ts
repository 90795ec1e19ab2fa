/** The audit's exports for the command line. */
export * from "./Audit.js"
export * from "./Faults.js"
