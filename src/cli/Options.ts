/** The options that commands share, with their defaults and environment variables. */
import * as Options from "@effect/cli/Options"
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { type FaultSettings, parseFaults, parseSeconds } from "../audit/Faults.js"
import { UsageError } from "./Failure.js"

export const db = Options.file("db").pipe(
  Options.withDescription("The database file (HOOKSHIFT_DB)"),
  Options.withFallbackConfig(Config.string("HOOKSHIFT_DB")),
  Options.withDefault("hookshift.db")
)

export const config = Options.file("config").pipe(
  Options.withDescription("The configuration file; default hookshift.config.json (HOOKSHIFT_CONFIG)"),
  Options.withFallbackConfig(Config.string("HOOKSHIFT_CONFIG")),
  Options.optional
)

export const json = Options.boolean("json").pipe(Options.withDescription("Print JSON"))

export const debug = Options.boolean("debug").pipe(Options.withDescription("Show the stack of an error"))

export const shared = { db, config, json, debug }

export const seed = Options.integer("seed").pipe(
  Options.withDescription("The same seed gives the same result"),
  Options.withDefault(1)
)

export const out = Options.directory("out").pipe(
  Options.withDescription("Where the reports go"),
  Options.withDefault("reports")
)

export const reconcile = Options.text("reconcile").pipe(
  Options.withDescription("How often reconciliation sweeps: 15m, 1h, 6h; for audit also cheapest, with --slo"),
  Options.withDefault("1h")
)

export const format = Options.text("format").pipe(
  Options.withDescription("Which reports to write: md, html, json, sarif, junit"),
  Options.withDefault("md,html,json")
)

export const failOn = Options.text("fail-on").pipe(
  Options.withDescription("Exit 1 when there are new findings: error, warning, info, or findings' ids"),
  Options.withDefault("")
)

export const slo = Options.text("slo").pipe(
  Options.withDescription("How fresh changes have to be: ticket=60s@p95,contact=1h@max"),
  Options.withDefault("")
)

export const faults = Options.text("faults").pipe(
  Options.withDescription(
    "drop=0.05,duplicate=0.02,reorder=0.1,delay=0.01,receiverDown=2h@10h; in the model also slowAck=0.01, providerDown, ruleOff, secretRotated, lossBurst=1h@9h, restart=@9h, skew=90s"
  ),
  Options.withDefault("")
)

export const listen = Options.text("listen").pipe(
  Options.withDescription("HOST:PORT, or PORT on loopback"),
  Options.optional
)

export const keepBodies = Options.boolean("keep-bodies").pipe(
  Options.withDescription("Keep request and response bodies too, redacted by field name and pattern")
)

/** The faults, or what is wrong with them. */
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

/** Freshness goals by entity type. */
export const goalsOf = (
  text: string
): Effect.Effect<
  Readonly<Record<string, { readonly seconds: number; readonly at: "p50" | "p95" | "max" }>>,
  UsageError
> =>
  Effect.map(
    Effect.forEach(
      text.split(",").filter((part) => part.trim() !== ""),
      (part) => {
        const [, entity, duration, at] = /^\s*([a-z_]+)=([^@]+)@(p50|p95|p99|p99\.9|max)\s*$/.exec(part) ?? []
        const seconds = duration === undefined ? null : parseSeconds(duration)
        return entity === undefined || seconds === null || seconds <= 0
          ? Effect.fail(
              new UsageError({
                message: `--slo takes ENTITY=DURATION@p50, @p95, @p99, @p99.9 or @max, such as ticket=60s@p95, not "${part}"`
              })
            )
          : // An analysis has too few changes to tell finer percentiles from the worst.
            Effect.succeed([entity, { seconds, at: at === "p50" || at === "p95" ? at : ("max" as const) }] as const)
      }
    ),
    Object.fromEntries
  )

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
  Effect.forEach(
    text.split(",").filter((part) => part.trim() !== ""),
    (part) => {
      const [, entity, duration, at] = /^\s*([a-z_]+)=([^@]+)@(p50|p95|p99|p99\.9|max)\s*$/.exec(part) ?? []
      const seconds = duration === undefined ? null : parseSeconds(duration)
      return entity === undefined || seconds === null || seconds <= 0
        ? Effect.fail(
            new UsageError({
              message: `--slo takes ENTITY=DURATION@p50, @p95, @p99, @p99.9 or @max, such as ticket=5m@p99.9, not "${part}"`
            })
          )
        : Effect.succeed({ entity, seconds, at: at!.replace(".", "") as "p50" | "p95" | "p99" | "p999" | "max" })
    }
  )

/** `127.0.0.1:8787`, `:8787` or `8787`; loopback unless a host is named. */
export const addressOf = (
  text: string,
  flag = "listen",
  example = "127.0.0.1:8787"
): Effect.Effect<{ readonly host: string; readonly port: number }, UsageError> => {
  const match = /^(?:(\[[0-9a-f:]+\]|[^:]*):)?(\d{1,5})$/i.exec(text)
  const port = Number(match?.[2])
  return match === null || port > 65_535
    ? Effect.fail(new UsageError({ message: `--${flag} takes HOST:PORT, such as ${example}, not "${text}"` }))
    : Effect.succeed({ host: (match[1] ?? "").replace(/^\[|\]$/g, "") || "127.0.0.1", port })
}

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
