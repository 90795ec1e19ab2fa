/** A receiver's inbox and metrics, as reconciliation takes them. */
import type { Receiver } from "../receiver/index.js"
import type { ReconciliationPort } from "../reconciliation/index.js"
import { isRowFailure, rowFailureOf } from "../store/index.js"

export const reconciliationPort = ({ inbox, metrics, note, onBack, put }: Receiver): ReconciliationPort => ({
  ...inbox,
  put,
  note,
  onBack,
  rowFailure: (error) => (isRowFailure(error) ? rowFailureOf(error) : null),
  counters: {
    called: (source, purpose) => metrics.providerCalls.inc({ source, purpose }),
    passedBy: (source, entity, fate) => metrics.passedBy.inc({ source, entity, fate }),
    sweepFailed: (source, reason) => metrics.sweepFailures.inc({ source, reason }),
    swept: (source, at) => metrics.lastSweep.set({ source }, at / 1000)
  }
})
