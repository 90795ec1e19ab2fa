/** The statements about the keys that bodies are sealed with, and about sealed bodies as such, by name. */
import type { Statement } from "better-sqlite3"
import type { EpochMillis } from "../../domain/Time.js"
import type { Database } from "../Database.js"
import { sealedTables } from "../SealedTables.js"

/** Keys whose bodies are expected to open, the oldest first. */
export const knownKeys = (database: Database): ReadonlyArray<string> =>
  database.prepare("SELECT id FROM sealing_key WHERE given_up_at IS NULL ORDER BY since").pluck().all() as Array<string>

export const anyKey = (database: Database): boolean =>
  database.prepare("SELECT 1 FROM sealing_key LIMIT 1").get() !== undefined

export const isGivenUp = (database: Database, id: string): boolean =>
  database.prepare("SELECT 1 FROM sealing_key WHERE id = ? AND given_up_at IS NOT NULL").get(id) !== undefined

/** The key is in use; a key that was given up is so no longer. */
export const remember = (database: Database): Statement<[id: string, at: EpochMillis]> =>
  database.prepare("INSERT INTO sealing_key (id, since) VALUES (?, ?) ON CONFLICT DO UPDATE SET given_up_at = NULL")

export const giveUp = (database: Database): Statement<[{ readonly id: string; readonly at: EpochMillis }]> =>
  database.prepare(
    "INSERT INTO sealing_key (id, since, given_up_at) VALUES (@id, @at, @at) ON CONFLICT DO UPDATE SET given_up_at = @at"
  )

export const remove = (database: Database): Statement<[id: string]> =>
  database.prepare("DELETE FROM sealing_key WHERE id = ?")

export const removeOthers = (database: Database): Statement<[id: string]> =>
  database.prepare("DELETE FROM sealing_key WHERE id <> ?")

/** Whether a body with this prefix is left, or one that does not begin with the marker. Looks at all of them. */
export const hasBodyWith = (database: Database, prefix: Buffer, marker: Buffer): boolean =>
  sealedTables.some(({ columns, table }) =>
    columns.some(
      (column) =>
        database
          .prepare(
            `SELECT 1 FROM ${table} WHERE substr(${column}, 1, ${prefix.length}) = ? OR substr(${column}, 1, 1) <> ? LIMIT 1`
          )
          .get(prefix, marker) !== undefined
    )
  )

/** Bodies of the newest and the oldest rows. */
export const sampleBodies = (database: Database): ReadonlyArray<Buffer> =>
  (["DESC", "ASC"] as const)
    .flatMap((order) => [
      database.prepare(`SELECT body FROM delivery ORDER BY id ${order} LIMIT 1`).pluck().get(),
      database.prepare(`SELECT snapshot FROM entity_state ORDER BY id ${order} LIMIT 1`).pluck().get()
    ])
    .filter((body): body is Buffer => Buffer.isBuffer(body))

export type SealedTable = (typeof sealedTables)[number]

/** Columns of a sealed table's row: its key's, and bodies. */
export type SealedRow = Record<string, unknown>

/** The next rows of a sealed table behind a key. */
export const slices = (
  database: Database,
  { columns, keys, table }: SealedTable,
  limit: number
): ((after: ReadonlyArray<unknown>) => ReadonlyArray<SealedRow>) => {
  const list = keys.join(", ")
  const select = database.prepare(
    `SELECT ${list}, ${columns.join(", ")} FROM ${table} WHERE (${list}) > (${keys.map(() => "?").join(", ")}) ORDER BY ${list} LIMIT ${limit}`
  )
  return (after) => select.all(...after) as Array<SealedRow>
}

/** Writes the bodies of a row. */
export const updateBodies = (database: Database, { columns, keys, table }: SealedTable): Statement<[SealedRow]> => {
  const where = keys.map((key) => `${key} = @${key}`).join(" AND ")
  return database.prepare(
    `UPDATE ${table} SET ${columns.map((column) => `${column} = @${column}`).join(", ")} WHERE ${where}`
  )
}

/**
 * Sets a row aside whose key is lost, so that the rest goes on, and so that it can be delivered when the key returns.
 * In a transaction; `row` names the row by its table's key.
 */
export const setAside = (database: Database, table: SealedTable["table"], row: SealedRow): void => {
  switch (table) {
    case "delivery":
      // Its before and after follow from the state once more when it is brought back.
      database
        .prepare(
          `UPDATE delivery SET applied = 0, undo = NULL, before = NULL, after = NULL, changed = NULL, last_error = 'KeyLost',
             state = CASE state WHEN 'stored' THEN 'dead' ELSE state END WHERE id = @id AND state IN ('stored', 'dead')`
        )
        .run(row)
      return
    case "entity_state": {
      // Reconciliation and the next deliveries fill it again. Waiting events are applied to the state that is known
      // then.
      const entity = database.prepare("SELECT source, entity, entity_id FROM entity_state WHERE id = @id").get(row)
      database.prepare("DELETE FROM entity_state WHERE id = @id").run(row)
      database
        .prepare(
          `UPDATE delivery SET applied = 0, undo = NULL, before = NULL, after = NULL, changed = NULL
           WHERE source = @source AND entity = @entity AND entity_id = @entity_id AND state = 'stored' AND applied = 1`
        )
        .run(entity)
      return
    }
    case "own_write":
      database
        .prepare("DELETE FROM own_write WHERE source = @source AND entity = @entity AND entity_id = @entity_id")
        .run(row)
  }
}
