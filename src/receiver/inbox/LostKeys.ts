/** Rows whose key is lost: set aside, so that the rest goes on, and so that they can be delivered when the key returns. */
import type { Database } from "../../store/index.js"

/** In a transaction. `row` names the row by its table's key. */
export const setAside = (database: Database, table: string, row: Readonly<Record<string, unknown>>): void => {
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
      // Reconciliation and the next deliveries fill it again. Events that wait are applied to what is known then.
      const entity = database
        .prepare("SELECT source, entity, entity_id FROM entity_state WHERE id = @id")
        .get(row) as Record<string, unknown>
      database.prepare("DELETE FROM entity_state WHERE id = @id").run(row)
      database
        .prepare(
          `UPDATE delivery SET applied = 0, undo = NULL, before = NULL, after = NULL, changed = NULL
           WHERE source = @source AND entity = @entity AND entity_id = @entity_id AND state = 'stored' AND applied = 1`
        )
        .run(entity)
      return
    }
    default:
      database
        .prepare("DELETE FROM own_write WHERE source = @source AND entity = @entity AND entity_id = @entity_id")
        .run(row)
  }
}
