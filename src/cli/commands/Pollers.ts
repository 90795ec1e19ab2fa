/** `hookshift pollers` and `hookshift report`: what a recording shows. */
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Effect from "effect/Effect"
import * as Shared from "../Options.js"

export const pollers = Command.make(
  "pollers",
  {
    ...Shared.shared,
    reconcile: Shared.reconcile,
    slo: Shared.slo,
    watch: Options.boolean("watch").pipe(Options.withDescription("Show it again whenever more was recorded"))
  },
  (options) =>
    Effect.promise(() => import("../run/pollers.js")).pipe(Effect.flatMap(({ runPollers }) => runPollers(options)))
).pipe(Command.withDescription("What polls, how often, how much of it is waste. Example: hookshift pollers --watch"))

export const report = Command.make(
  "report",
  {
    ...Shared.shared,
    out: Shared.out,
    format: Shared.format
  },
  (options) =>
    Effect.promise(() => import("../run/report.js")).pipe(Effect.flatMap(({ runReport }) => runReport(options)))
).pipe(
  Command.withDescription(
    "Writes the last audit's report again from what is stored. Example: hookshift report --out reports"
  )
)
