/** `hookshift db`: backup, check and vacuum of the database file. */
import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as Shared from "../../SharedOptions.js"

const to = Args.text({ name: "file" }).pipe(Args.withDescription("The file of the copy; it must not exist yet"))

export const dbBackup = Command.make("backup", { ...Shared.shared, to }).pipe(
  Command.withDescription(
    "Makes a consistent copy. Recorders and the receiver keep running meanwhile. Example: hookshift db backup /backups/hookshift-monday.db"
  )
)

export const dbCheck = Command.make("check", Shared.shared).pipe(
  Command.withDescription("Checks the file for damage. Exits 1 if it finds any. Example: hookshift db check")
)

export const dbVacuum = Command.make("vacuum", Shared.shared).pipe(
  Command.withDescription("Returns unused space to the disk. Writers wait meanwhile. Example: hookshift db vacuum")
)

export const db = Command.make("db").pipe(
  Command.withDescription("Backs up, checks and vacuums the database file. Example: hookshift db check")
)

export type BackupOptions = Shared.OptionsOf<typeof dbBackup>
export type DatabaseOptions = Shared.OptionsOf<typeof dbCheck>
