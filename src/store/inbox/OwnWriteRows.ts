/** The statements about the integration's own last write to each entity, by name. */
import type { Statement } from "better-sqlite3"
import type { EpochMillis } from "../../domain/Time.js"
import type { Database } from "../Database.js"

/** Its fields, sealed. */
export const findOwnWrite = (
  database: Database
): Statement<[source: string, entity: string, entityId: string], Buffer> =>
  database
    .prepare<[string, string, string], Buffer>(
      "SELECT fields FROM own_write WHERE source = ? AND entity = ? AND entity_id = ?"
    )
    .pluck()

export const setOwnWrite = (
  database: Database
): Statement<[source: string, entity: string, entityId: string, at: EpochMillis, fields: Buffer]> =>
  database.prepare(
    "INSERT INTO own_write (source, entity, entity_id, written_at, fields) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET written_at = excluded.written_at, fields = excluded.fields"
  )
