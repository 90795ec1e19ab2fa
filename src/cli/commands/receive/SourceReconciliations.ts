/**
 * The running reconciliations, one per source: a reload replaces them all, and a hydration asks the one of its source.
 */
import { Effect, ExecutionStrategy, Exit, Scope } from "effect"
import {
  type Log,
  makeReconciliation,
  type Receiver,
  type Reconciliation,
  type Skipped,
  sparingly
} from "../../../receiver/index.js"
import { announce, type ReconciliationPlan } from "./reconciliationPlans.js"

export const sourceReconciliations = (log: Log) =>
  Effect.gen(function* () {
    const whole = yield* Effect.scope
    const sparingLog = sparingly(log, () => performance.now())
    let running: ReadonlyMap<string, Reconciliation> = new Map()
    let current: Scope.CloseableScope | null = null
    const started = (receiver: Receiver, { options, source }: ReconciliationPlan) =>
      makeReconciliation(receiver, {
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
      })
    return {
      /** Of a source that is reconciled. */
      of: (source: string): Reconciliation | undefined => running.get(source),
      /** Ends the sweeps of the plans before where they are; those of the new plans begin there. */
      replace: (receiver: Receiver, plans: ReadonlyArray<ReconciliationPlan>) =>
        Effect.gen(function* () {
          if (current !== null) yield* Scope.close(current, Exit.void)
          current = yield* Scope.fork(whole, ExecutionStrategy.sequential)
          const made = yield* Effect.forEach(plans, (plan) => {
            announce(log, plan)
            return Effect.map(started(receiver, plan), (one) => [plan.source.name, one] as const)
          }).pipe(Scope.extend(current))
          running = new Map(made)
        })
    }
  })

const fates: Readonly<Record<Skipped["fate"], string>> = {
  gone: "a list names it, and it is not there any more",
  refused: "the provider does not show it to this key",
  later: "it cannot be read now; it is tried again, more and more seldom"
}
