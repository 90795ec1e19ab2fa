/** How far reconciliation has come, and the entities that it failed to read: its statements, by name. */
import type { Statement } from "better-sqlite3"
import type { EpochMillis } from "../../domain/Time.js"
import type { Database } from "../Database.js"

/** Times that reconciliation notes for each entity type (migrations/0007_reconciliation.ts). */
export type SweepTime = "swept_to" | "resume_from" | "compared_at" | "began_at" | "filled_at"

type TypeKey = [source: string, entity: string]

export const findTime = (database: Database, column: SweepTime): Statement<TypeKey, EpochMillis | null> =>
  database
    .prepare<TypeKey, number | null>(`SELECT ${column} FROM reconciliation WHERE source = ? AND entity = ?`)
    .pluck()

export const setTime = (database: Database, column: SweepTime): Statement<[...TypeKey, at: EpochMillis]> =>
  database.prepare(
    `INSERT INTO reconciliation (source, entity, swept_to, ${column}) VALUES (?, ?, 0, ?)
         ON CONFLICT DO UPDATE SET ${column} = excluded.${column}`
  )

/** A sweep has ended. */
export const setSweptTo = (database: Database): Statement<[...TypeKey, at: EpochMillis]> =>
  database.prepare(
    `INSERT INTO reconciliation (source, entity, swept_to, sweeps) VALUES (?, ?, ?, 1)
         ON CONFLICT DO UPDATE SET swept_to = excluded.swept_to, sweeps = sweeps + 1, resume_from = NULL`
  )

/** A sweep has read the type's list to its end (migrations/0014_mirror.ts). A wider reach stays. */
export const setComplete = (
  database: Database
): Statement<[...TypeKey, at: EpochMillis, everyMs: number, reach: number]> =>
  database.prepare(
    `INSERT INTO reconciliation (source, entity, swept_to, complete_at, every_ms, reach) VALUES (?, ?, 0, ?, ?, ?)
         ON CONFLICT DO UPDATE SET complete_at = excluded.complete_at, every_ms = excluded.every_ms,
           reach = CASE WHEN reach IS NULL OR excluded.reach = 0 THEN excluded.reach ELSE reach END`
  )

/** How far a type of a source is complete. */
export interface Completeness {
  readonly source: string
  readonly entity: string
  readonly completeAt: EpochMillis
  readonly everyMs: number
  /** 0: all are held; -1: what the plain list showed to the first sweep, and all that changed since. */
  readonly reach: number
  /** When the first sweep began. */
  readonly filledAt: EpochMillis
  /** When a sweep began that compared the known ids with the provider's; `null` where the first one was the last to. */
  readonly comparedAt: EpochMillis | null
}

export const completeTypes = (database: Database): Statement<[], Completeness> =>
  database.prepare(
    `SELECT source, entity, complete_at AS completeAt, every_ms AS everyMs, reach, filled_at AS filledAt,
       compared_at AS comparedAt
     FROM reconciliation WHERE complete_at IS NOT NULL AND filled_at IS NOT NULL`
  )

/** The types that a receiver has begun to reconcile, and whether a sweep has read them whole. */
export const begunTypes = (
  database: Database
): Statement<[], { readonly source: string; readonly entity: string; readonly complete: 0 | 1 }> =>
  database.prepare(
    "SELECT source, entity, complete_at IS NOT NULL AND filled_at IS NOT NULL AS complete FROM reconciliation"
  )

export const countSweeps = (database: Database): Statement<TypeKey, number> =>
  database.prepare<TypeKey, number>("SELECT sweeps FROM reconciliation WHERE source = ? AND entity = ?").pluck()

/** An entity that failed to be read while its sweep went on, or its dependants of the type `children`. */
export interface Unread {
  readonly entity: string
  readonly entityId: string
  /** Empty for the entity itself. */
  readonly children: string
  readonly tries: number
  readonly nextAt: EpochMillis
}

export const unreadOf = (database: Database): Statement<[source: string], Unread> =>
  database.prepare(
    "SELECT entity, entity_id AS entityId, children, tries, next_at AS nextAt FROM unread WHERE source = ? ORDER BY tries, next_at"
  )

export const setUnread = (
  database: Database
): Statement<
  [source: string, entity: string, entityId: string, children: string, tries: number, nextAt: EpochMillis]
> =>
  database.prepare(
    `INSERT INTO unread (source, entity, entity_id, children, tries, next_at) VALUES (?, ?, ?, ?, ?, ?)
           ON CONFLICT DO UPDATE SET tries = excluded.tries, next_at = excluded.next_at`
  )

export const removeUnread = (
  database: Database
): Statement<[source: string, entity: string, entityId: string, children: string]> =>
  database.prepare("DELETE FROM unread WHERE source = ? AND entity = ? AND entity_id = ? AND children = ?")
