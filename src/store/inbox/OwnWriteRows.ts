/** The integration's own last write to each entity, by name of statement. */
import type { Statement } from "better-sqlite3"
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
