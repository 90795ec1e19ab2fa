/**
 * The statements about entities' states, by name. Parameters are positional: the driver looks names up at every run. A
 * connection keeps one statement for a text (Database.ts), and `pluck` stays set on it: each text has one owner.
 */
import type { Statement } from "better-sqlite3"
import type { EpochMillis } from "../../domain/Time.js"
import type { Database } from "../Database.js"

type EntityKey = [source: string, entity: string, entityId: string]

/** The columns of a state that change with an event. */
export type StateValues = [
  updatedAt: EpochMillis | null,
  deleted: 0 | 1,
  occurredAt: EpochMillis | null,
  snapshot: Buffer,
  shownBy: number,
  toldBy: number | null,
  toldAt: EpochMillis | null,
  toldAs: number | null,
  createdBy: number | null,
  pushedAt: EpochMillis | null
]

export interface EntityStateRow {
  readonly id: number
  readonly updatedAt: EpochMillis | null
  readonly deleted: 0 | 1
  readonly touchedAt: EpochMillis | null
  /** JSON: by field of a list's embed, the newest moment that an event of a dependant told. */
  readonly tells: string | null
  readonly occurredAt: EpochMillis | null
  /** Kinds of look, as bits (domain/Shown.ts). */
  readonly shownBy: number
  /** The delivery that told of the last change, the stamp of that change, and the kind of look that showed it. */
  readonly toldBy: number | null
  readonly toldAt: EpochMillis | null
  readonly toldAs: number | null
  /** The delivery that told of the creation. */
  readonly createdBy: number | null
  /** When a push last told of it in part, or of a dependant that moved its stamp, since it was last read whole. */
  readonly pushedAt: EpochMillis | null
  /** JSON: names of fields (migrations/0015_pushes.ts). */
  readonly carried: string | null
  /** Sealed. */
  readonly snapshot: Buffer
}

export const findState = (database: Database): Statement<EntityKey, EntityStateRow> =>
  database.prepare(
    `SELECT id, updated_at AS updatedAt, deleted, touched_at AS touchedAt, tells, occurred_at AS occurredAt,
       shown_by AS shownBy, told_by AS toldBy, told_at AS toldAt, told_as AS toldAs, created_by AS createdBy,
       pushed_at AS pushedAt, carried, snapshot
     FROM entity_state WHERE source = ? AND entity = ? AND entity_id = ?`
  )

export const findSnapshot = (
  database: Database
): Statement<EntityKey, Pick<EntityStateRow, "updatedAt" | "deleted" | "snapshot">> =>
  database.prepare(
    "SELECT updated_at AS updatedAt, deleted, snapshot FROM entity_state WHERE source = ? AND entity = ? AND entity_id = ?"
  )

/** Rises with each change of any row (migrations/0014_mirror.ts). */
const nextVersion = "(SELECT coalesce(max(version), 0) + 1 FROM entity_state)"

/** Changes nothing where the entity has a state. */
export const insertState = (database: Database): Statement<[...EntityKey, ...StateValues]> =>
  database.prepare(
    `INSERT INTO entity_state (source, entity, entity_id, updated_at, deleted, occurred_at, snapshot, shown_by, told_by, told_at,
       told_as, created_by, pushed_at, version) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ${nextVersion}) ON CONFLICT DO NOTHING`
  )

/** `carries`: whether a push has carried all of this change. */
export const updateState = (
  database: Database
): Statement<[...StateValues, carried: string | null, carries: 0 | 1, id: number]> =>
  database.prepare(
    `UPDATE entity_state SET updated_at = ?, deleted = ?, occurred_at = ?, snapshot = ?, shown_by = ?, told_by = ?, told_at = ?,
       told_as = ?, created_by = ?, pushed_at = ?, carried = ?,
       carried_since = CASE WHEN ? THEN coalesce(carried_since, version) END, version = ${nextVersion} WHERE id = ?`
  )

/** The state may lack a part of what has changed until this moment. */
export const setPushedAt = (database: Database): Statement<[pushedAt: EpochMillis, id: number]> =>
  database.prepare(
    `UPDATE entity_state SET pushed_at = ?, carried = NULL, carried_since = NULL, version = ${nextVersion} WHERE id = ?`
  )

export const setCreatedBy = (database: Database): Statement<[delivery: number | null, id: number]> =>
  database.prepare("UPDATE entity_state SET created_by = ? WHERE id = ?")

/** Remembers the newest time at which a dependant moved the entity's stamp, and when its push came. */
export const touchState = (database: Database): Statement<[at: EpochMillis, pushedAt: EpochMillis, ...EntityKey]> =>
  database.prepare(
    `UPDATE entity_state SET touched_at = max(coalesce(touched_at, 0), ?), pushed_at = ?, carried = NULL, carried_since = NULL,
       version = ${nextVersion}
     WHERE source = ? AND entity = ? AND entity_id = ?`
  )

/** Remembers the newest moment at which a dependant of a kind came. */
export const tellState = (database: Database): Statement<[path: string, path: string, at: EpochMillis, ...EntityKey]> =>
  database.prepare(
    `UPDATE entity_state SET tells = json_set(coalesce(tells, '{}'), ?, max(coalesce(json_extract(tells, ?), 0), ?))
     WHERE source = ? AND entity = ? AND entity_id = ?`
  )

export const statesOfType = (
  database: Database
): Statement<
  [source: string, entity: string],
  { readonly entityId: string; readonly updatedAt: EpochMillis | null; readonly deleted: 0 | 1 }
> =>
  database.prepare(
    "SELECT entity_id AS entityId, updated_at AS updatedAt, deleted FROM entity_state WHERE source = ? AND entity = ?"
  )

/** The newest stamp that is known of an entity type. */
export const newestStamp = (database: Database): Statement<[source: string, entity: string], EpochMillis | null> =>
  database
    .prepare<[string, string], number | null>(
      "SELECT max(updated_at) FROM entity_state WHERE source = ? AND entity = ?"
    )
    .pluck()

/** All states of a source, in the order in which they became known. */
export const statesOfSource = (
  database: Database
): Statement<
  [source: string],
  { readonly entity: string; readonly id: string; readonly updatedAt: EpochMillis | null; readonly deleted: 0 | 1 }
> =>
  database.prepare(
    "SELECT entity, entity_id AS id, updated_at AS updatedAt, deleted FROM entity_state WHERE source = ? ORDER BY id"
  )
