/** Functions that a caller hands in: a throw in one is logged, and ends neither a sweep nor the reconciliation. */
import { Effect } from "effect"

/** A fault by its name alone: its message may quote an entity. */
export const nameOf = (fault: unknown): string => (fault instanceof Error ? fault.name : "Error")

export const guarded = (name: string, call: () => Effect.Effect<void>, otherwise = Effect.void): Effect.Effect<void> =>
  Effect.suspend(call).pipe(
    Effect.catchAllDefect((fault) =>
      Effect.zipRight(
        otherwise,
        Effect.logError(`${name} of the reconciliation threw (${nameOf(fault)}): mend it there`)
      )
    )
  )
