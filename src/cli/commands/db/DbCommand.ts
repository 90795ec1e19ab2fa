/** `hookshift db`: backup, check and vacuum of the database file. */
import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as Shared from "../../SharedOptions.js"

const to = Args.text({ name: "file" }).pipe(Args.withDescription("Where the copy goes; must not exist yet"))

export const dbBackup = Command.make("backup", { ...Shared.shared, to }).pipe(
  Command.withDescription(
    "A consistent copy while recorders and the receiver go on. Example: hookshift db backup /backups/hookshift-monday.db"
  )
)

export const dbCheck = Command.make("check", Shared.shared).pipe(
  Command.withDescription("Whether the file is sound; exit code 1 where not. Example: hookshift db check")
)

export const dbVacuum = Command.make("vacuum", Shared.shared).pipe(
  Command.withDescription(
    "Gives room that is no longer used back to the disk; writers wait meanwhile. Example: hookshift db vacuum"
  )
)

export const db = Command.make("db").pipe(
  Command.withDescription("Looks after the database file: backup, check, vacuum")
)

export type BackupOptions = Shared.OptionsOf<typeof dbBackup>
export type DatabaseOptions = Shared.OptionsOf<typeof dbCheck>
