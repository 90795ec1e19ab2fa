/** The entities' states for a reader beside the receiver: its statements, by name. */
import type { Statement } from "better-sqlite3"
import type { EpochMillis } from "../../domain/Time.js"
import type { Database } from "../Database.js"

export interface FedState {
  /** Rises with each change of any state. */
  readonly version: number
  readonly source: string
  readonly entity: string
  readonly entityId: string
  readonly updatedAt: EpochMillis | null
  readonly deleted: 0 | 1
  /** The newest moment at which a dependant is known to have moved the stamp. */
  readonly touchedAt: EpochMillis | null
  /** When a push last told of it in part, or of such a dependant, since it was last read whole. */
  readonly pushedAt: EpochMillis | null
  /**
   * The version since which pushes have carried whole all that changed; `null` where its last change was read, or told
   * in part.
   */
  readonly carriedSince: number | null
  /** JSON: the fields that those pushes carried. */
  readonly carried: string | null
  /** Sealed. */
  readonly snapshot: Buffer
}

const columns = `version, source, entity, entity_id AS entityId, updated_at AS updatedAt, deleted, touched_at AS touchedAt,
  pushed_at AS pushedAt, carried_since AS carriedSince, carried, snapshot`

export const statesAfter = (database: Database): Statement<[version: number, limit: number], FedState> =>
  database.prepare(`SELECT ${columns} FROM entity_state WHERE version > ? ORDER BY version LIMIT ?`)

export const oneState = (database: Database): Statement<[source: string, entity: string, entityId: string], FedState> =>
  database.prepare(`SELECT ${columns} FROM entity_state WHERE source = ? AND entity = ? AND entity_id = ?`)

/** Moves with each write of another connection to the file. */
export const dataVersion = (database: Database): number => database.pragma("data_version", { simple: true }) as number

/** When the oldest delivery came that has not moved the state; `null` for none. */
export const oldestUnapplied = (database: Database): Statement<[], EpochMillis | null> =>
  database
    .prepare<[], EpochMillis | null>(
      "SELECT min(received_at) FROM (SELECT received_at FROM delivery WHERE state = 'stored' AND applied = 0 ORDER BY id LIMIT 1)"
    )
    .pluck()

/** Entities that reconciliation failed to read. */
export const unreadEntities = (
  database: Database
): Statement<[], { readonly source: string; readonly entity: string; readonly entityId: string }> =>
  database.prepare("SELECT source, entity, entity_id AS entityId FROM unread WHERE children = ''")
