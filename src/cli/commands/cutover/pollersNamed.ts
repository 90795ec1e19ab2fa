/** The pollers that the options name, or a sentence that says which ones there are. */
import { Effect, Option } from "effect"
import { sourceName } from "../../../shadow/index.js"
import { UsageError } from "../../Failure.js"
import type { CutoverOptions } from "./CutoverCommand.js"

type Names = Pick<CutoverOptions, "integration" | "endpoint" | "source">

interface Named {
  readonly integration: string
  readonly endpoint: string
  readonly account: string
  readonly source: string | null
}

const isMeant = (option: Option.Option<string>, name: string): boolean => Option.isNone(option) || option.value === name

export const pollersNamed = <A extends Named>(
  options: Names,
  pollers: ReadonlyArray<A>
): Effect.Effect<ReadonlyArray<A>, UsageError> => {
  const named = pollers.filter(({ integration }) => integration === options.integration)
  const ofSource = named.filter((one) => isMeant(options.source, sourceName(one)))
  const meant = ofSource.filter(({ endpoint }) => isMeant(options.endpoint, endpoint))
  if (meant.length > 0) return Effect.succeed(meant)
  const known =
    named.length === 0
      ? pollers.map((one) => one.integration)
      : ofSource.length === 0
        ? named.map(sourceName)
        : ofSource.map(({ endpoint }) => endpoint)
  const asked = [
    options.integration,
    ...Option.toArray(options.endpoint),
    ...Option.toArray(options.source).map((name) => `of ${name}`)
  ].join(" ")
  return Effect.fail(
    new UsageError({
      message:
        known.length === 0
          ? "no poller was recorded in this time: hookshift shadow says what is missing"
          : `there is no poller ${asked}: there ${known.length === 1 ? "is" : "are"} ${[...new Set(known)].join(", ")}`
    })
  )
}

/** What is written down is of one account: its name, or a sentence with the choices. */
export const onlySource = (
  { endpoint, integration }: Names,
  sources: ReadonlyArray<string>
): Effect.Effect<void, UsageError> => {
  const names = [...new Set(sources)]
  return names.length < 2
    ? Effect.void
    : Effect.fail(
        new UsageError({
          message: `${integration} polls ${Option.match(endpoint, { onNone: () => "", onSome: (name) => `${name} at ` })}several accounts: choose one with ${names.map((name) => `--source ${name}`).join(" or ")}`
        })
      )
}
