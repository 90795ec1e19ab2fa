/** When deliveries of a type last came: statements, by name. */
import type { Statement } from "better-sqlite3"
import type { EpochMillis } from "../../domain/Time.js"
import type { Database } from "../Database.js"

export interface PushedType {
  readonly source: string
  readonly entity: string
  /** When a delivery of the type last came, to within an hour. */
  readonly lastAt: EpochMillis
}

export const notePush = (database: Database): Statement<[source: string, entity: string, at: EpochMillis]> =>
  database.prepare(
    `INSERT INTO pushed_type (source, entity, last_at) VALUES (?, ?, ?)
     ON CONFLICT DO UPDATE SET last_at = max(last_at, excluded.last_at)`
  )

export const pushedTypes = (database: Database): Statement<[], PushedType> =>
  database.prepare("SELECT source, entity, last_at AS lastAt FROM pushed_type")
