/** Care of a database file while others use it: backup, check, vacuum. Plain and synchronous. */
import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync, statSync } from "node:fs"
import { copyDatabase, openDatabase } from "./Database.js"
import { besideFile, makePrivate } from "./PrivateFile.js"
import { explain, StoreError } from "./StoreError.js"

/**
 * Writes a consistent copy, on disk when this returns; gives its size in bytes. The file at `to` is whole or not there.
 */
export const backupDatabase = (from: string, to: string): number => {
  if (existsSync(to))
    throw new StoreError("io", `${to} is there already: name a file that does not exist yet, so that no backup is lost`)
  const unfinished = besideFile(to)
  try {
    // SQLite takes an empty file for none.
    makePrivate(unfinished)
    copyDatabase(from, unfinished, to)
    const file = openSync(unfinished, "r+")
    try {
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
    renameSync(unfinished, to)
    return statSync(to).size
  } catch (error) {
    rmSync(unfinished, { force: true })
    throw explain(error, to)
  }
}

/** The problems that SQLite's own check finds, in its words; empty for a sound file. */
export const checkDatabase = (file: string): ReadonlyArray<string> => {
  const database = openDatabase(file, { mustExist: true })
  try {
    const found = database.prepare("PRAGMA integrity_check").pluck().all() as Array<string>
    return found.filter((line) => line !== "ok")
  } catch (error) {
    // The damage keeps the check itself from reading on.
    if ((error as { readonly code?: unknown }).code === "SQLITE_CORRUPT") return [(error as Error).message]
    throw explain(error, file)
  } finally {
    database.close()
  }
}

/** Returns the room of deleted rows to the disk; sizes in bytes, the WAL included. Writers wait meanwhile. */
export const vacuumDatabase = (file: string): { readonly before: number; readonly after: number } => {
  const size = () =>
    [file, `${file}-wal`].reduce((sum, path) => sum + (statSync(path, { throwIfNoEntry: false })?.size ?? 0), 0)
  const database = openDatabase(file, { mustExist: true })
  try {
    const before = size()
    database.exec("VACUUM")
    database.exec("PRAGMA wal_checkpoint(TRUNCATE)")
    return { before, after: size() }
  } catch (error) {
    throw explain(error, file)
  } finally {
    database.close()
  }
}
