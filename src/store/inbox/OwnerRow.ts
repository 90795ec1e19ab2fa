/**
 * The row that says which receiver owns the inbox, or which mirror its notes, and its heartbeat: the lease's
 * statements, by name.
 */
import type { Statement } from "better-sqlite3"
import type { EpochMillis } from "../../domain/Time.js"
import type { Database } from "../Database.js"

export interface Owner {
  readonly token: string
  readonly pid: number
  readonly host: string
  readonly place: string
  readonly file: string
  readonly started: string | null
  readonly since: EpochMillis
  readonly beat: number
  readonly beatAt: EpochMillis
}

export type OwnerTable = "inbox_owner" | "mirror_owner"

/** A heartbeat that stands still for so long has expired: its process has ended, or is stopped. */
export const expiresMs = 10_000

export const findOwner = (database: Database, table: OwnerTable = "inbox_owner"): Statement<[], Owner> =>
  database.prepare(
    `SELECT token, pid, host, place, file, started, since, beat, beat_at AS beatAt FROM ${table} WHERE id = 1`
  )

/** The receiver or mirror that runs, by its heartbeat; `null` where none does. */
export const runningOwner = (database: Database, table: OwnerTable, now: EpochMillis): Owner | null => {
  const owner = findOwner(database, table).get()
  return owner !== undefined && now - owner.beatAt < expiresMs ? owner : null
}

export const findToken = (database: Database, table: OwnerTable): Statement<[], string> =>
  database.prepare<[], string>(`SELECT token FROM ${table} WHERE id = 1`).pluck()

export const putOwner = (
  database: Database,
  table: OwnerTable
): Statement<[Pick<Owner, "token" | "pid" | "host" | "place" | "file" | "started"> & { readonly at: EpochMillis }]> =>
  database.prepare(
    `INSERT OR REPLACE INTO ${table} (id, token, pid, host, place, file, started, since, beat, beat_at)
     VALUES (1, @token, @pid, @host, @place, @file, @started, @at, 0, @at)`
  )

export const beat = (database: Database, table: OwnerTable): Statement<[at: EpochMillis]> =>
  database.prepare(`UPDATE ${table} SET beat = beat + 1, beat_at = ? WHERE id = 1`)

export const removeOwner = (database: Database, table: OwnerTable): Statement<[token: string]> =>
  database.prepare(`DELETE FROM ${table} WHERE token = ?`)
