/**
 * The row that says when a receiver was last seen, and when it last came back from an outage: its statements, by name.
 */
import type { Statement } from "better-sqlite3"
import type { EpochMillis } from "../../domain/Time.js"
import type { Database } from "../Database.js"

export interface Presence {
  readonly seenAt: EpochMillis
  /** When it last came back, or a subscription did: deliveries of before may be lost. `null` for never. */
  readonly backAt: EpochMillis | null
}

export const findPresence = (database: Database): Statement<[], Presence> =>
  database.prepare(
    `SELECT seen_at AS seenAt, nullif(max(coalesce(back_at, 0),
       coalesce((SELECT max(delivers_since) FROM subscription), 0)), 0) AS backAt
     FROM receiver_presence WHERE id = 1`
  )

export const putPresence = (database: Database): Statement<[Presence]> =>
  database.prepare("INSERT OR REPLACE INTO receiver_presence (id, seen_at, back_at) VALUES (1, @seenAt, @backAt)")
