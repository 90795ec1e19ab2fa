/** Joins a receiver and reconciliation (`makeReconciledReceiver`), for `receive` and the replay's wire. */
export { makeReconciledReceiver } from "./ReconciledReceiver.js"
export { reconciliationPort } from "./reconciliationPort.js"
