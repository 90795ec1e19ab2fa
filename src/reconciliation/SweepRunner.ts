/** Sweeps the lists of a source, each at its own interval, and reports the sweeps that end early. */
import { Clock, Data, Duration, Effect } from "effect"
import type { EpochMillis } from "../domain/Time.js"
import { earlyMs, nextSweepAt, restMs, wholeWithinMs } from "../policy/index.js"
import type { SweptRoot } from "../providers/index.js"
import { guarded, nameOf } from "./CallerFunction.js"
import type { KnownOutages, ReconciliationCounters } from "./ReconciliationPort.js"
import type { SweepError } from "./SweepParts.js"

/** A sweep ended by a fault of this program. */
export class SweepFault extends Data.TaggedError("SweepFault")<{ readonly message: string }> {}

export interface SweepRunner {
  /** Makes a sweep of every list now. */
  readonly sweep: Effect.Effect<void>
  /** Sweeps for as long as the fiber runs; every list at once at first, and after an outage. */
  readonly run: Effect.Effect<void>
}

/** The metric's labels. */
const failureReasons = { ProviderError: "provider", InboxUnavailable: "inbox", SweepFault: "unexpected" } as const

export const makeSweepRunner = (options: {
  readonly source: string
  readonly roots: ReadonlyArray<SweptRoot>
  readonly sweepOf: (root: SweptRoot) => Effect.Effect<void, SweepError>
  readonly counters: ReconciliationCounters
  readonly outages: KnownOutages
  readonly onError: ((error: SweepError | SweepFault) => Effect.Effect<void>) | undefined
}): SweepRunner => {
  const { counters, onError, outages, roots, source, sweepOf } = options

  const report = (error: SweepError | SweepFault): Effect.Effect<void> =>
    Effect.suspend(() => {
      counters.sweepFailed(source, failureReasons[error._tag])
      const log = Effect.logWarning(error.message)
      return onError === undefined ? log : guarded("onError", () => onError(error), log)
    })

  /** Whether the sweep came to its end. A fault of this program ends the sweep, never the reconciliation. */
  const sweepOne = (root: SweptRoot): Effect.Effect<boolean> =>
    Effect.withSpan(sweepOf(root), "hookshift.sweep", {
      kind: "client",
      attributes: { source, entity: root.root }
    }).pipe(
      Effect.as(true),
      Effect.catchAllDefect((fault) =>
        Effect.fail(
          new SweepFault({
            message: `the sweep of ${root.root} ended by a fault of hookshift (${nameOf(fault)}): it is made again at its next time`
          })
        )
      ),
      Effect.catchAll((error) => Effect.as(report(error), false))
    )

  const sweepAll = (which: ReadonlyArray<SweptRoot>): Effect.Effect<void> =>
    Effect.flatMap(Effect.forEach(which, sweepOne), (ended) =>
      Effect.map(Clock.currentTimeMillis, (now) => {
        if (ended.every(Boolean)) counters.swept(source, now)
      })
    )

  /** Sweeps the lists that are due. Each list keeps its own interval, counted from the round's beginning. */
  const run = Effect.suspend(() => {
    const due = new Map(roots.map(({ root }) => [root, 0]))
    const ended = lastEnded(outages)
    let known = ended(null)
    const outageEnds = Effect.async<void>((resume) => {
      const stop = outages.onBack(() => resume(Effect.void))
      // It may have ended during the round.
      if (ended(known) !== known) resume(Effect.void)
      return Effect.sync(stop)
    })
    const round = Effect.gen(function* () {
      const began = yield* Clock.currentTimeMillis
      const before = known
      known = ended(known)
      if (known !== before) for (const { root } of roots) due.set(root, 0)
      const now = roots.filter(({ root }) => due.get(root)! <= began + earlyMs)
      if (now.length > 0) yield* sweepAll(now)
      for (const { every, root } of now) due.set(root, nextSweepAt(every, began))
      const rest = restMs(Math.min(...due.values()), yield* Clock.currentTimeMillis)
      // Timers take no more than 24 days; a round in which nothing is due does nothing.
      yield* Effect.raceFirst(Effect.sleep(Duration.millis(Math.min(rest, wholeWithinMs))), outageEnds)
    })
    return Effect.forever(round)
  })

  return { sweep: sweepAll(roots), run: roots.length === 0 ? Effect.void : run }
}

/** When the last outage ended; as known before where the store cannot be read now. */
const lastEnded =
  ({ backAt }: KnownOutages) =>
  (known: EpochMillis | null): EpochMillis | null => {
    try {
      return backAt()
    } catch {
      return known
    }
  }
