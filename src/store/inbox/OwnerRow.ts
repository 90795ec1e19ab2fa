/** The row that says which receiver owns the inbox, and its heartbeat: the lease's statements, by name. */
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

/** A heartbeat that stands still for so long has expired: its receiver has ended, or is stopped. */
export const expiresMs = 10_000

export const findOwner = (database: Database): Statement<[], Owner> =>
  database.prepare(
    "SELECT token, pid, host, place, file, started, since, beat, beat_at AS beatAt FROM inbox_owner WHERE id = 1"
  )

export const findToken = (database: Database): Statement<[], string> =>
  database.prepare<[], string>("SELECT token FROM inbox_owner WHERE id = 1").pluck()

export const putOwner = (
  database: Database
): Statement<[Pick<Owner, "token" | "pid" | "host" | "place" | "file" | "started"> & { readonly at: EpochMillis }]> =>
  database.prepare(
    `INSERT OR REPLACE INTO inbox_owner (id, token, pid, host, place, file, started, since, beat, beat_at)
     VALUES (1, @token, @pid, @host, @place, @file, @started, @at, 0, @at)`
  )

export const beat = (database: Database): Statement<[at: EpochMillis]> =>
  database.prepare("UPDATE inbox_owner SET beat = beat + 1, beat_at = ? WHERE id = 1")

export const removeOwner = (database: Database): Statement<[token: string]> =>
  database.prepare("DELETE FROM inbox_owner WHERE token = ?")
