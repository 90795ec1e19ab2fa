/** A receiver whose entity states reconciliation heals (`makeReconciledReceiver`): what `receive` and the replay's wire run. */
export { makeReconciledReceiver } from "./ReconciledReceiver.js"
export { reconciliationPort } from "./reconciliationPort.js"
