/**
 * Reconciliation: sweeps that diff the provider's lists against known entity states (`makeReconciliation`), and the
 * port it takes.
 */
export type { CallTally } from "./CountedReaders.js"
export type { Skipped } from "./DeferredReads.js"
export { makeReconciliation, type Reconciliation, type ReconciliationOptions } from "./Reconciliation.js"
export type { ReconciliationPort } from "./ReconciliationPort.js"
