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

/** `source`: as `--source` takes it. */
export const isNamed = (
  { endpoint, integration, source }: Names,
  one: { readonly integration: string; readonly endpoint: string; readonly source: string }
): boolean => one.integration === integration && isMeant(source, one.source) && isMeant(endpoint, one.endpoint)

const isMeant = (option: Option.Option<string>, name: string): boolean => Option.isNone(option) || option.value === name

const listed = (one: string, several: string, names: ReadonlyArray<string>): string => {
  const known = [...new Set(names)]
  return `${known.length === 1 ? one : several} ${known.join(", ")}`
}

export const pollersNamed = <A extends Named>(
  options: Names,
  pollers: ReadonlyArray<A>
): Effect.Effect<ReadonlyArray<A>, UsageError> => {
  const meant = pollers.filter((one) => isNamed(options, { ...one, source: sourceName(one) }))
  return meant.length > 0
    ? Effect.succeed(meant)
    : Effect.fail(new UsageError({ message: unknownPoller(options, pollers) }))
}

const unknownPoller = ({ endpoint, integration, source }: Names, pollers: ReadonlyArray<Named>): string => {
  if (pollers.length === 0) return "no poller was recorded in this time: hookshift shadow says what is missing"
  const named = pollers.filter((one) => one.integration === integration)
  if (named.length === 0) {
    const integrations = pollers.map((one) => one.integration)
    return `there is no poller ${integration}: ${listed("there is", "there are", integrations)}`
  }
  const at = Option.match(source, { onNone: () => "", onSome: (name) => ` at ${name}` })
  const ofSource = named.filter((one) => isMeant(source, sourceName(one)))
  if (ofSource.length === 0) {
    return `${integration} does not poll${at}: ${listed("its source is", "its sources are", named.map(sourceName))}`
  }
  const endpoints = ofSource.map((one) => one.endpoint)
  const asked = Option.getOrElse(endpoint, () => "")
  return `${integration} does not poll ${asked}${at}: ${listed("its endpoint is", "its endpoints are", endpoints)}`
}

/** A cut-over is recorded for one account: where the name fits several, a sentence with the choices. */
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
