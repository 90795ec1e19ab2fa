/**
 * The statements of the hand-over's queue, by name. `next_attempt_at` of an event that waits for the handler is 0 where
 * it is ready, a time where its next try is due then, and NULL where it is parked behind an earlier event of its
 * entity.
 */
import type { Statement } from "better-sqlite3"
import type { Echo, Origin } from "../../domain/Event.js"
import type { EpochMillis } from "../../domain/Time.js"
import type { Database } from "../Database.js"

export interface EntityKey {
  readonly source: string
  readonly entity: string
  readonly entityId: string
}

export interface HandOverRow extends EntityKey {
  readonly id: number
  readonly origin: Origin
  readonly event: string
  readonly updatedAt: EpochMillis | null
  readonly receivedAt: EpochMillis
  /** Sealed, like `after` and `undo`. */
  readonly before: Buffer | null
  readonly after: Buffer | null
  readonly undo: Buffer | null
  readonly changed: string | null
  readonly echo: Echo | null
  readonly attempts: number
  readonly key: Buffer
}

const columns = `id, source, origin, event, entity, entity_id AS entityId, updated_at AS updatedAt, received_at AS receivedAt,
  before, after, undo, changed, echo, attempts, dedupe_key AS key`

const waiting = "state = 'stored' AND applied = 1"

/** Events that are ready, behind a number. */
export const readyRows = (database: Database): Statement<[after: number, limit: number], HandOverRow> =>
  database.prepare(
    `SELECT ${columns} FROM delivery WHERE ${waiting} AND next_attempt_at = 0 AND id > ? ORDER BY next_attempt_at, id LIMIT ?`
  )

export const readyIds = (database: Database): Statement<[after: number, limit: number], number> =>
  database
    .prepare<[number, number], number>(
      `SELECT id FROM delivery WHERE ${waiting} AND next_attempt_at = 0 AND id > ? ORDER BY id LIMIT ?`
    )
    .pluck()

export const findReady = (database: Database): Statement<[id: number], HandOverRow> =>
  database.prepare(`SELECT ${columns} FROM delivery WHERE id = ? AND ${waiting} AND next_attempt_at = 0`)

/** Events whose next try is due, the longest due first. */
export const dueRows = (database: Database): Statement<[now: EpochMillis, limit: number], HandOverRow> =>
  database.prepare(
    `SELECT ${columns} FROM delivery WHERE ${waiting} AND next_attempt_at BETWEEN 1 AND ? ORDER BY next_attempt_at, id LIMIT ?`
  )

export const dueIds = (database: Database): Statement<[now: EpochMillis, limit: number], number> =>
  database
    .prepare<[number, number], number>(
      `SELECT id FROM delivery WHERE ${waiting} AND next_attempt_at BETWEEN 1 AND ? ORDER BY next_attempt_at, id LIMIT ?`
    )
    .pluck()

export const findDue = (database: Database): Statement<[id: number, now: EpochMillis], HandOverRow> =>
  database.prepare(`SELECT ${columns} FROM delivery WHERE id = ? AND ${waiting} AND next_attempt_at BETWEEN 1 AND ?`)

/** Events that are ready or due. */
export const readyOrDueIds = (database: Database): Statement<[now: EpochMillis, limit: number], number> =>
  database
    .prepare<[number, number], number>(
      `SELECT id FROM delivery WHERE ${waiting} AND next_attempt_at BETWEEN 0 AND ? LIMIT ?`
    )
    .pluck()

/** When the next further try is due. */
export const nextDue = (database: Database): Statement<[], EpochMillis> =>
  database
    .prepare<[], number>(
      `SELECT next_attempt_at FROM delivery WHERE ${waiting} AND next_attempt_at >= 1 ORDER BY next_attempt_at LIMIT 1`
    )
    .pluck()

export const setDelivered = (database: Database): Statement<[at: EpochMillis, id: number]> =>
  database.prepare(
    "UPDATE delivery SET state = 'delivered', delivered_at = ?, attempts = attempts + 1, before = NULL, after = NULL, undo = NULL, last_error = NULL WHERE id = ?"
  )

/** `retryAt` twice; `null`: the event is a dead letter. */
export const setFailed = (
  database: Database
): Statement<[error: string, retryAt: EpochMillis | null, retryAt: EpochMillis | null, id: number]> =>
  database.prepare(
    "UPDATE delivery SET attempts = attempts + 1, last_error = ?, next_attempt_at = ?, state = CASE WHEN ? IS NULL THEN 'dead' ELSE state END WHERE id = ?"
  )

export const park = (database: Database): Statement<[id: number]> =>
  database.prepare("UPDATE delivery SET next_attempt_at = NULL WHERE id = ?")

export const unpark = (database: Database): Statement<[id: number]> =>
  database.prepare("UPDATE delivery SET next_attempt_at = 0 WHERE id = ?")

export const parkedIds = (
  database: Database
): Statement<[source: string, entity: string, entityId: string, limit: number], number> =>
  database
    .prepare<[string, string, string, number], number>(
      `SELECT id FROM delivery WHERE source = ? AND entity = ? AND entity_id = ? AND ${waiting} AND next_attempt_at IS NULL ORDER BY id LIMIT ?`
    )
    .pluck()

/** Entities with parked events. */
export const entitiesWithParked = (database: Database): Statement<[], EntityKey> =>
  database.prepare(
    `SELECT DISTINCT source, entity, entity_id AS entityId FROM delivery WHERE ${waiting} AND next_attempt_at IS NULL`
  )

/** The first event of each entity that waits for its next try. */
export const firstRetries = (database: Database): Statement<[], EntityKey & { readonly id: number }> =>
  database.prepare(
    `SELECT min(id) AS id, source, entity, entity_id AS entityId FROM delivery INDEXED BY delivery_due
     WHERE ${waiting} AND next_attempt_at >= 1 GROUP BY source, entity, entity_id`
  )

export const findEntity = (database: Database): Statement<[id: number], EntityKey> =>
  database.prepare("SELECT source, entity, entity_id AS entityId FROM delivery WHERE id = ?")

export const backlog = (
  database: Database
): Statement<[], { readonly events: number; readonly first: number | null }> =>
  database.prepare(`SELECT count(*) AS events, min(id) AS first FROM delivery INDEXED BY delivery_due WHERE ${waiting}`)

/** The columns from which before and after of a waiting event are read. */
export type SnapshotColumns = Pick<
  HandOverRow,
  "id" | "source" | "entity" | "entityId" | "before" | "after" | "undo" | "changed"
>

export const findSnapshotColumns = (database: Database): Statement<[id: number], SnapshotColumns> =>
  database.prepare(
    "SELECT id, source, entity, entity_id AS entityId, before, after, undo, changed FROM delivery WHERE id = ?"
  )

/** The reverse patches of an entity's waiting events from a number on, the newest first. */
export const reversePatches = (
  database: Database
): Statement<
  [source: string, entity: string, entityId: string, from: number],
  { readonly id: number; readonly undo: Buffer | null }
> =>
  database.prepare(
    `SELECT id, undo FROM delivery WHERE source = ? AND entity = ? AND entity_id = ? AND state = 'stored' AND applied = 1
     AND id >= ? ORDER BY id DESC`
  )

/** Writes before and after out, in place of the reverse patch. */
export const setSnapshots = (
  database: Database
): Statement<[before: Buffer | null, after: Buffer | null, id: number]> =>
  database.prepare("UPDATE delivery SET before = ?, after = ?, undo = NULL WHERE id = ?")
