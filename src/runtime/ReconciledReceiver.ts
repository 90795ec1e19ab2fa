/**
 * Joins a receiver and the reconciliations of its sources: sweeps fill its inbox, and its thin events are fetched by
 * their clients.
 */
import type { HttpClient } from "@effect/platform"
import { Effect, ExecutionStrategy, Exit, Runtime, Scope } from "effect"
import {
  type Hydrate,
  type Receiver,
  type ReceiverError,
  type ReceiverOptions,
  receiverScoped
} from "../receiver/index.js"
import {
  type CallTally,
  makeReconciliation,
  type Reconciliation,
  type ReconciliationOptions
} from "../reconciliation/index.js"
import { reconciliationPort } from "./reconciliationPort.js"

export interface ReconciledReceiver {
  readonly receiver: Receiver
  /**
   * Reconciles these sources from now on. Sweeps by earlier settings end where they are, and the next ones begin
   * there.
   */
  readonly reconcile: (
    sources: ReadonlyArray<ReconciliationOptions>
  ) => Effect.Effect<void, never, HttpClient.HttpClient>
  /** Calls of the reconciliations that run now. */
  readonly tally: () => CallTally
}

/** For as long as the scope is open. `hydrateOther` fetches entities of sources that are not reconciled. */
export const makeReconciledReceiver = (
  options: Omit<ReceiverOptions, "hydrate">,
  hydrateOther: Hydrate
): Effect.Effect<ReconciledReceiver, ReceiverError, Scope.Scope> =>
  Effect.gen(function* () {
    const scope = yield* Effect.scope
    // Its clock is a replay's, its tracer the program's.
    const run = Runtime.runPromise(yield* Effect.runtime())
    let reconciliations: ReadonlyMap<string, Reconciliation> = new Map()
    let sweeping: Scope.CloseableScope | null = null
    const receiver = yield* receiverScoped({
      ...options,
      hydrate: (source, entity, id) => {
        const reconciliation = reconciliations.get(source)
        return reconciliation === undefined ? hydrateOther(source, entity, id) : run(reconciliation.hydrate(entity, id))
      }
    })
    const port = reconciliationPort(receiver)
    return {
      receiver,
      reconcile: (sources) =>
        Effect.gen(function* () {
          if (sweeping !== null) yield* Scope.close(sweeping, Exit.void)
          sweeping = yield* Scope.fork(scope, ExecutionStrategy.sequential)
          const made = yield* Effect.forEach(sources, (one) =>
            Effect.map(makeReconciliation(port, one), (reconciliation) => [one.source, reconciliation] as const)
          ).pipe(Scope.extend(sweeping))
          reconciliations = new Map(made)
        }),
      tally: () => {
        const sum: CallTally = { reconciliation: 0, hydration: 0, retries: 0 }
        for (const { tally } of reconciliations.values()) {
          sum.reconciliation += tally.reconciliation
          sum.hydration += tally.hydration
          sum.retries += tally.retries
        }
        return sum
      }
    }
  })
