/** `hookshift db`: backup, check and vacuum of the database file. */
import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as Effect from "effect/Effect"
import * as Shared from "../Options.js"

const run = Effect.promise(() => import("../run/db.js"))
const to = Args.text({ name: "file" }).pipe(Args.withDescription("Where the copy goes; must not exist yet"))

const backup = Command.make("backup", { ...Shared.shared, to }, (options) =>
  Effect.flatMap(run, ({ runBackup }) => runBackup(options))
).pipe(
  Command.withDescription(
    "A consistent copy while recorders and the receiver go on. Example: hookshift db backup /backups/hookshift-monday.db"
  )
)

const check = Command.make("check", Shared.shared, (options) =>
  Effect.flatMap(run, ({ runCheck }) => runCheck(options))
).pipe(Command.withDescription("Whether the file is sound; exit code 1 where not. Example: hookshift db check"))

const vacuum = Command.make("vacuum", Shared.shared, (options) =>
  Effect.flatMap(run, ({ runVacuum }) => runVacuum(options))
).pipe(
  Command.withDescription(
    "Gives room that is no longer used back to the disk; writers wait meanwhile. Example: hookshift db vacuum"
  )
)

export const db = Command.make("db").pipe(
  Command.withDescription("Looks after the database file: backup, check, vacuum"),
  Command.withSubcommands([backup, check, vacuum])
)
