/** The pollers that the options name, or a sentence that says which ones there are. */
import { Effect, Option } from "effect"
import { UsageError } from "../../Failure.js"
import type { CutoverOptions } from "./CutoverCommand.js"

export const pollersNamed = <A extends { readonly integration: string; readonly endpoint: string }>(
  options: Pick<CutoverOptions, "integration" | "endpoint">,
  pollers: ReadonlyArray<A>
): Effect.Effect<ReadonlyArray<A>, UsageError> => {
  const named = pollers.filter(({ integration }) => integration === options.integration)
  const meant = named.filter(({ endpoint }) => Option.isNone(options.endpoint) || endpoint === options.endpoint.value)
  if (meant.length > 0) return Effect.succeed(meant)
  const known = named.length > 0 ? named.map(({ endpoint }) => endpoint) : pollers.map((one) => one.integration)
  return Effect.fail(
    new UsageError({
      message:
        known.length === 0
          ? "no poller was recorded in this time: hookshift shadow says what is missing"
          : `there is no poller ${options.integration}${Option.isSome(options.endpoint) ? ` ${options.endpoint.value}` : ""}: there ${known.length === 1 ? "is" : "are"} ${[...new Set(known)].join(", ")}`
    })
  )
}
