/**
 * Texts of options as values: durations, addresses, times, faults, freshness goals. An invalid text is a usage error.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { type FaultSettings, parseFaults, parseSeconds } from "../audit/Faults.js"
import { iso } from "../domain/Figures.js"
import { type ListenAddress, listenAddress } from "../domain/ListenAddress.js"
import { UsageError } from "./Failure.js"

/** The faults to inject. */
export const faultsOf = (text: string): Effect.Effect<FaultSettings, UsageError> => {
  const faults = parseFaults(text)
  return typeof faults === "string"
    ? Effect.fail(new UsageError({ message: `--faults: ${faults}` }))
    : Effect.succeed(faults)
}

/** A duration option in seconds. */
export const secondsOf = (name: string, text: string): Effect.Effect<number, UsageError> => {
  const seconds = parseSeconds(text)
  return seconds === null || seconds < 1
    ? Effect.fail(new UsageError({ message: `--${name} takes a duration, such as 15m or 1h, not "${text}"` }))
    : Effect.succeed(seconds)
}

type Percentile = "p50" | "p95" | "p99" | "p99.9" | "max"

/** `--slo`'s goals, apart by commas. */
const eachGoal = (
  text: string,
  example: string
): Effect.Effect<
  ReadonlyArray<{ readonly entity: string; readonly seconds: number; readonly at: Percentile }>,
  UsageError
> =>
  Effect.forEach(
    text.split(",").filter((part) => part.trim() !== ""),
    (part) => {
      const [, entity, duration, at] = /^\s*([a-z_]+)=([^@]+)@(p50|p95|p99|p99\.9|max)\s*$/.exec(part) ?? []
      const seconds = duration === undefined ? null : parseSeconds(duration)
      return entity === undefined || seconds === null || seconds <= 0
        ? Effect.fail(
            new UsageError({
              message: `--slo takes ENTITY=DURATION@p50, @p95, @p99, @p99.9 or @max, such as ${example}, not "${part}"`
            })
          )
        : Effect.succeed({ entity, seconds, at: at as Percentile })
    }
  )

/** Freshness goals by entity type. An analysis has too few changes to tell finer percentiles from the worst. */
export const goalsOf = (
  text: string
): Effect.Effect<
  Readonly<Record<string, { readonly seconds: number; readonly at: "p50" | "p95" | "max" }>>,
  UsageError
> =>
  Effect.flatMap(eachGoal(text, "ticket=60s@p95"), (goals) => {
    const twice = goals.find(({ entity }, at) => goals.findIndex((one) => one.entity === entity) < at)
    return twice === undefined
      ? Effect.succeed(
          Object.fromEntries(
            goals.map(({ at, entity, seconds }) => [
              entity,
              { seconds, at: at === "p50" || at === "p95" ? at : ("max" as const) }
            ])
          )
        )
      : Effect.fail(new UsageError({ message: `--slo sets ${twice.entity} twice: give each type one goal` }))
  })

/** Goals by entity type at a finer percentile, for the trade-offs: `ticket=5m@p99.9`. */
export const percentileGoalsOf = (
  text: string
): Effect.Effect<
  ReadonlyArray<{
    readonly entity: string
    readonly seconds: number
    readonly at: "p50" | "p95" | "p99" | "p999" | "max"
  }>,
  UsageError
> =>
  Effect.map(eachGoal(text, "ticket=5m@p99.9"), (goals) =>
    goals.map(({ at, ...goal }) => ({ ...goal, at: at === "p99.9" ? ("p999" as const) : at }))
  )

/** The address of an option. Those of settings are checked when the configuration is read. */
export const addressOf = (
  text: string,
  flag = "listen",
  example = "127.0.0.1:8787"
): Effect.Effect<ListenAddress, UsageError> => {
  const address = listenAddress(text)
  return address === null
    ? Effect.fail(new UsageError({ message: `--${flag} takes HOST:PORT, such as ${example}, not "${text}"` }))
    : Effect.succeed(address)
}

/** A time in milliseconds; `null` for an option that is not given. */
export const momentOf = (name: string, text: Option.Option<string>): Effect.Effect<number | null, UsageError> =>
  Option.match(text, {
    onNone: () => Effect.succeed(null),
    onSome: (value) => {
      const at = Date.parse(value)
      return Number.isNaN(at)
        ? Effect.fail(
            new UsageError({ message: `--${name} takes a time, such as 2026-11-23T10:00:00Z, not "${value}"` })
          )
        : Effect.succeed(at)
    }
  })

/** `--from` and `--to`, each `null` where it is not given. */
export const windowOf = (options: {
  readonly from: Option.Option<string>
  readonly to: Option.Option<string>
}): Effect.Effect<{ readonly from: number | null; readonly to: number | null }, UsageError> =>
  Effect.gen(function* () {
    const from = yield* momentOf("from", options.from)
    const to = yield* momentOf("to", options.to)
    if (from !== null && to !== null && from > to)
      return yield* new UsageError({
        message: `--from is after --to (${iso(from)} and ${iso(to)}): a window goes from the earlier to the later`
      })
    return { from, to }
  })
