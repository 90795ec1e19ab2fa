/** When deliveries of a type last came, how many of each event, and what reconciliation found: statements, by name. */
import type { Statement } from "better-sqlite3"
import type { EpochMillis } from "../../domain/Time.js"
import type { Database } from "../Database.js"

/** Pushes are counted by so long (migrations/0016_push_slots.ts). */
export const pushSlotMs = 600_000

/** Counts of an event are kept for so long behind its newest push: four of each hour of a week. */
export const slotsKept = (28 * 86_400_000) / pushSlotMs

export interface PushedType {
  readonly source: string
  readonly entity: string
  /** When a delivery of the type last came, to within an hour. */
  readonly lastAt: EpochMillis
}

export const notePush = (database: Database): Statement<[source: string, entity: string, at: EpochMillis]> =>
  database.prepare(
    `INSERT INTO pushed_type (source, entity, last_at) VALUES (?, ?, ?)
     ON CONFLICT DO UPDATE SET last_at = max(last_at, excluded.last_at)`
  )

export const pushedTypes = (database: Database): Statement<[], PushedType> =>
  database.prepare("SELECT source, entity, last_at AS lastAt FROM pushed_type")

export interface UnsubscribedSource {
  readonly source: string
  readonly at: EpochMillis
}

/** Sources of which subscriptions were taken away, and when that last was. */
export const unsubscribedSources = (database: Database): Statement<[], UnsubscribedSource> =>
  database.prepare("SELECT source, at FROM unsubscribed")

/** Pushes of one event that came within ten minutes. */
export interface PushSlot {
  /** Ten minutes, counted since 1970. */
  readonly slot: number
  readonly source: string
  readonly event: string
  readonly pushes: number
  /** When the last of them came. */
  readonly lastAt: EpochMillis
  /** The newest stamp that they told. */
  readonly newest: EpochMillis
}

/** Counts a push. `newest`: the stamp that it told. */
export const countPush = (
  database: Database
): ((source: string, event: string, at: EpochMillis, newest: EpochMillis) => void) => {
  const count = database.prepare<[number, string, string, EpochMillis, EpochMillis]>(
    `INSERT INTO push_slot (slot, source, event, pushes, last_at, newest) VALUES (?, ?, ?, 1, ?, ?)
     ON CONFLICT DO UPDATE SET pushes = pushes + 1, last_at = max(last_at, excluded.last_at),
       newest = max(newest, excluded.newest)`
  )
  const forget = database.prepare<[number, string, string]>(
    "DELETE FROM push_slot WHERE slot < ? AND source = ? AND event = ?"
  )
  /** By source and event: the slot of its last push. An event that ends keeps the counts of before. */
  const counted = new Map<string, number>()
  return (source, event, at, newest) => {
    const slot = Math.floor(at / pushSlotMs)
    count.run(slot, source, event, at, newest)
    const key = `${source}\t${event}`
    if (counted.get(key) === slot) return
    counted.set(key, slot)
    forget.run(slot - slotsKept, source, event)
  }
}

/** From a slot on. */
export const pushSlotsFrom = (database: Database): Statement<[slot: number], PushSlot> =>
  database.prepare(
    "SELECT slot, source, event, pushes, last_at AS lastAt, newest FROM push_slot WHERE slot >= ? ORDER BY slot"
  )

/** A change that reconciliation found and no push has told of since. */
export interface HealedChange {
  readonly source: string
  readonly event: string
  readonly entity: string
  readonly updatedAt: EpochMillis
  /** JSON: names of the fields; `null` where it has not moved the state yet. */
  readonly changed: string | null
  readonly applied: 0 | 1
}

/**
 * With a stamp behind a moment: at most so many, in turn the newest of each kind (source, event and the fields that
 * changed), so that a busy kind leaves room for a rare one. Of each event only the newest findings are looked at, told
 * of or not: this bounds the work. A push of the same stamp has told of the entity, if not of each field: some move
 * silently. Keys begin with their stamp; a sender's own delivery id has none.
 */
export const healedAfter = (
  database: Database
): Statement<[after: EpochMillis, mostOfEvent: number, most: number], HealedChange> =>
  database.prepare(
    `SELECT source, event, entity, updated_at AS updatedAt, changed, applied
     FROM (
       SELECT id AS newest, row_number() OVER (PARTITION BY source, event ORDER BY updated_at DESC) AS nth
       FROM delivery
       WHERE origin = 'reconciliation' AND updated_at > ? AND event IS NOT NULL AND duplicates = 0
     ) CROSS JOIN delivery AS found ON found.id = newest
     WHERE nth <= ? AND duplicate_of IS NULL AND NOT EXISTS (
       SELECT 1 FROM delivery AS pushed
       WHERE pushed.dedupe_key >= unhex(printf('%012X', found.updated_at))
         AND pushed.dedupe_key < unhex(printf('%012X', found.updated_at + 1)) AND pushed.origin = 'webhook'
         AND pushed.source = found.source AND pushed.entity = found.entity AND pushed.entity_id = found.entity_id
     )
     ORDER BY row_number() OVER (PARTITION BY source, event, changed ORDER BY updated_at DESC), updated_at DESC
     LIMIT ?`
  )
