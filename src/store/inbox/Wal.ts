/** The write-ahead log and the size of the inbox's file, asked of SQLite. */
import type { Statement } from "better-sqlite3"
import type { Database } from "../Database.js"
import { checkpointPages } from "./InboxConnection.js"

/** Pages of the log, and how many of them are in the database; -1 where there is no log. */
export interface WalLength {
  readonly log: number
  readonly checkpointed: number
}

/** Folds the log into the database, as far as readers let it. */
export const foldWal = (database: Database): Statement<[], WalLength> =>
  database.prepare("PRAGMA wal_checkpoint(PASSIVE)")

/** Asked of SQLite: opening and closing a file of the database would end SQLite's own locks on it. */
export const walLength = (database: Database): Statement<[], WalLength> =>
  database.prepare("PRAGMA wal_checkpoint(NOOP)")

/** Bytes that the log file keeps once the log begins anew. */
export const keepWalBytes = (database: Database, bytes: number): void =>
  void database.pragma(`journal_size_limit = ${bytes}`)

/** Whether the writer folds the log by itself once it is long, or leaves that to a thread. */
export const foldsByItself = (database: Database, itself: boolean): void =>
  void database.pragma(`wal_autocheckpoint = ${itself ? checkpointPages : 0}`)

/** Bytes in use in the database file, free pages left out. */
export const bytesUsed = (database: Database): number => {
  const pragma = (name: string): number => database.pragma(name, { simple: true }) as number
  return (pragma("page_count") - pragma("freelist_count")) * pragma("page_size")
}
