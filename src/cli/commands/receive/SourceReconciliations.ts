/** The reconciliations of the sources: announced, and with their failures in the log. */
import { Effect } from "effect"
import { type Log, sparingly } from "../../../receiver/index.js"
import type { ReconciliationOptions, Skipped } from "../../../reconciliation/index.js"
import { announce, type ReconciliationPlan } from "./reconciliationPlans.js"

export const announcedReconciliations = (log: Log): ((plan: ReconciliationPlan) => ReconciliationOptions) => {
  const sparingLog = sparingly(log, () => performance.now())
  return (plan) => {
    const { options, source } = plan
    announce(log, plan)
    return {
      ...options,
      source: source.name,
      account: source.account,
      provider: source.provider,
      onError: (error) =>
        Effect.sync(() => sparingLog("warning", `reconciliation: ${error.message}`, { source: source.name })),
      onSkipped: ({ entity, fate, status }) =>
        Effect.sync(() =>
          sparingLog("warning", `reconciliation passed something by: ${fates[fate]}`, {
            source: source.name,
            entity,
            ...(status === null ? {} : { status })
          })
        )
    }
  }
}

const fates: Readonly<Record<Skipped["fate"], string>> = {
  gone: "a list names it, and it is not there any more",
  refused: "the provider does not show it to this key",
  later: "it cannot be read now; it is tried again, more and more seldom"
}
