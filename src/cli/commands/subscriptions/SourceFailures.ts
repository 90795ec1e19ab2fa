/** Failures of single sources: the others are gone on with, and the command ends with a sentence on both. */
import { Effect } from "effect"
import type { ProviderError } from "../../../providers/clients.js"
import type { InstallFailed } from "../../../subscriptions/index.js"
import { isPassing, SourcesFailed } from "../../Failure.js"

export interface SourceFailure {
  readonly source: string
  readonly error: ProviderError | InstallFailed
}

/** `null` where the source failed, which is then added to `failures`. */
export const attempted = <A, E extends { readonly _tag: string }, R>(
  failures: Array<SourceFailure>,
  source: string,
  effect: Effect.Effect<A, E | ProviderError | InstallFailed, R>
): Effect.Effect<A | null, Exclude<E, ProviderError | InstallFailed>, R> =>
  Effect.catchAll(effect, (error) => {
    if (error._tag !== "ProviderError" && error._tag !== "InstallFailed")
      return Effect.fail(error as Exclude<E, ProviderError | InstallFailed>)
    failures.push({ source, error: error as ProviderError | InstallFailed })
    return Effect.succeed(null)
  })

/** `did`: what was done for the sources that did not fail, such as "applied". */
export const failedSources = (
  failures: ReadonlyArray<SourceFailure>,
  all: ReadonlyArray<string>,
  did: string
): Effect.Effect<void, SourcesFailed> => {
  if (failures.length === 0) return Effect.void
  const failed = [...new Set(failures.map(({ source }) => source))]
  const done = all.filter((source) => !failed.includes(source))
  const told = failures.map(({ error, source }) => `${source}: ${error.message}`).join("; ")
  const rest =
    done.length === 0
      ? ""
      : `; ${done.join(", ")} ${done.length === 1 ? "was" : "were"} ${did}, and the same command with ${failed.map((source) => `--source ${source}`).join(", then with ")} does the rest`
  return Effect.fail(
    new SourcesFailed({
      reason: failures.some(({ error }) => isPassing(error)) ? "unreachable" : "refused",
      message: `${told}${rest}`
    })
  )
}
