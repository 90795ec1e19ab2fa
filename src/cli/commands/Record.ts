/** `hookshift record`: a program with capture switched on; `record status`: what is being recorded. */
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Effect from "effect/Effect"
import * as Shared from "../Options.js"

const run = Effect.promise(() => import("../run/record.js"))

const status = Command.make("status", { db: Shared.db, json: Shared.json, debug: Shared.debug }, (options) =>
  Effect.flatMap(run, ({ runStatus }) => runStatus(options))
).pipe(
  Command.withDescription(
    "What is being recorded, by which processes, how much was lost, and how fast the database grows. Example: hookshift record status --json"
  )
)

export const record = Command.make(
  "record",
  {
    ...Shared.shared,
    integration: Options.text("integration").pipe(
      Options.withDescription("The program's name in reports; default its package name and script"),
      Options.optional
    ),
    keepBodies: Shared.keepBodies
  },
  (options) => Effect.flatMap(run, ({ runRecord }) => runRecord(options))
).pipe(
  Command.withSubcommands([status]),
  Command.withDescription(
    "Runs a program and records the calls of all its Node processes, with no code change. Example: hookshift record --integration crm-sync -- node app.js"
  )
)
