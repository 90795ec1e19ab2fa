/** The statements that read an inbox as a history, by name. */
import type { Statement } from "better-sqlite3"
import type { Origin } from "../../domain/Event.js"
import type { EpochMillis } from "../../domain/Time.js"
import type { Database } from "../Database.js"
import type { DeliveryState } from "./DeliveryFilter.js"

export interface HistoryRow {
  readonly origin: Origin
  readonly event: string | null
  readonly entity: string | null
  readonly entityId: string | null
  readonly updatedAt: EpochMillis | null
  readonly occurredAt: EpochMillis | null
  readonly receivedAt: EpochMillis
  readonly deliveredAt: EpochMillis | null
  readonly state: DeliveryState
  readonly applied: 0 | 1
  readonly changed: string | null
  readonly duplicates: number
  readonly duplicateOf: number | null
  readonly key: Buffer
}

export const sources = (database: Database): Statement<[], string> =>
  database.prepare<[], string>("SELECT DISTINCT source FROM delivery ORDER BY source").pluck()

/** The first and the last time at which a delivery was received. */
export const span = (
  database: Database
): Statement<[source: string], { readonly first: EpochMillis; readonly last: EpochMillis }> =>
  database.prepare("SELECT min(received_at) AS first, max(received_at) AS last FROM delivery WHERE source = ?")

export const deliveries = (database: Database): Statement<[source: string], HistoryRow> =>
  database.prepare(
    `SELECT origin, event, entity, entity_id AS entityId, updated_at AS updatedAt, occurred_at AS occurredAt,
         received_at AS receivedAt, delivered_at AS deliveredAt, state, applied, changed, duplicates, duplicate_of AS duplicateOf, dedupe_key AS key
       FROM delivery WHERE source = ? ORDER BY id`
  )
