/**
 * The statements that store deliveries and move them on until their events have changed the entities' states, by name.
 */
import type { Statement } from "better-sqlite3"
import type { Echo, Origin } from "../../domain/Event.js"
import type { EpochMillis } from "../../domain/Time.js"
import type { Database } from "../Database.js"
import type { DeliveryState } from "./DeliveryFilter.js"

/** Changes nothing where the dedupe key is known. */
export const insertDelivery = (
  database: Database
): Statement<
  [
    source: string,
    origin: Origin,
    event: string | null,
    entity: string | null,
    entityId: string | null,
    updatedAt: EpochMillis | null,
    receivedAt: EpochMillis,
    state: DeliveryState,
    dedupeKey: Buffer,
    body: Buffer,
    bodySha256: Buffer,
    actor: string | null,
    occurredAt: EpochMillis | null
  ]
> =>
  database.prepare(
    `INSERT INTO delivery (source, origin, event, entity, entity_id, updated_at, received_at, state, dedupe_key, body, body_sha256, actor, occurred_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`
  )

/** Counts a copy with the delivery that told of the change first. */
export const countCopy = (database: Database): Statement<[dedupeKey: Buffer]> =>
  database.prepare(
    "UPDATE delivery SET duplicates = duplicates + 1 WHERE id = (SELECT coalesce(duplicate_of, id) FROM delivery WHERE dedupe_key = ?)"
  )

/** Whether the delivery with this dedupe key has moved the state. */
export const findApplied = (database: Database): Statement<[dedupeKey: Buffer], 0 | 1> =>
  database.prepare<[Buffer], 0 | 1>("SELECT applied FROM delivery WHERE dedupe_key = ?").pluck()

/** Applied deliveries of one event of an entity that are no duplicates; the keys of one stamp lie together. */
export const findTellers = (
  database: Database
): Statement<
  [{ from: Buffer; to: Buffer; source: string; entity: string; entityId: string; event: string; but: number }],
  number
> =>
  database
    .prepare<[{ readonly from: Buffer }], number>(
      `SELECT id FROM delivery WHERE dedupe_key >= @from AND dedupe_key < @to AND applied = 1 AND duplicate_of IS NULL
         AND origin = 'webhook' AND source = @source AND entity = @entity AND entity_id = @entityId AND event = @event
         AND id <> @but ORDER BY id`
    )
    .pluck() as never

/** The sealed body. */
export const findBody = (
  database: Database
): Statement<[id: number], { readonly body: Buffer; readonly origin: Origin }> =>
  database.prepare("SELECT body, origin FROM delivery WHERE id = ?")

export interface UnappliedRow {
  readonly id: number
  readonly source: string
}

/** Stored deliveries that have not moved the state, behind a number. */
export const unappliedRows = (database: Database): Statement<[after: number, limit: number], UnappliedRow> =>
  database.prepare(
    "SELECT id, source FROM delivery WHERE state = 'stored' AND applied = 0 AND id > ? ORDER BY id LIMIT ?"
  )

export const unappliedIds = (database: Database): Statement<[after: number, limit: number], number> =>
  database
    .prepare<[number, number], number>(
      "SELECT id FROM delivery WHERE state = 'stored' AND applied = 0 AND id > ? ORDER BY id LIMIT ?"
    )
    .pluck()

export const findUnapplied = (database: Database): Statement<[id: number], UnappliedRow> =>
  database.prepare("SELECT id, source FROM delivery WHERE id = ? AND state = 'stored' AND applied = 0")

export const quarantine = (database: Database): Statement<[id: number]> =>
  database.prepare("UPDATE delivery SET state = 'quarantined' WHERE id = ?")

/** Makes a stored delivery a dead letter. */
export const deadLetter = (database: Database): Statement<[reason: string, id: number]> =>
  database.prepare(
    "UPDATE delivery SET state = 'dead', last_error = ?, next_attempt_at = NULL WHERE id = ? AND state = 'stored'"
  )

/** The source and origin of a delivery. */
export const findOrigin = (
  database: Database
): Statement<[id: number], { readonly source: string; readonly origin: Origin; readonly receivedAt: EpochMillis }> =>
  database.prepare("SELECT source, origin, received_at AS receivedAt FROM delivery WHERE id = ?")

/** The event has moved the state, and waits for the handler. `changed` is "null" for a late event. */
export const markApplied = (
  database: Database
): Statement<[undo: Buffer | null, changed: string, echo: Echo | null, id: number]> =>
  database.prepare("UPDATE delivery SET applied = 1, undo = ?, changed = ?, echo = ?, next_attempt_at = 0 WHERE id = ?")

/** The handler gets the first event of the change: this delivery is done with. */
export const markDuplicate = (database: Database): Statement<[first: number, id: number]> =>
  database.prepare(
    `UPDATE delivery SET applied = 1, state = 'delivered', delivered_at = received_at, changed = '[]', duplicate_of = ? WHERE id = ?`
  )

/** Adds a duplicate, and the copies of it that have arrived, to the delivery that told of the change first. */
export const addDuplicate = (database: Database): Statement<[duplicate: number, first: number]> =>
  database.prepare(
    "UPDATE delivery SET duplicates = duplicates + 1 + (SELECT duplicates FROM delivery WHERE id = ?) WHERE id = ?"
  )

/** The highest number that a delivery has. */
export const highestId = (database: Database): Statement<[], number | null> =>
  database.prepare<[], number | null>("SELECT max(id) FROM delivery").pluck()

export const findReceivedAt = (database: Database): Statement<[id: number], EpochMillis> =>
  database.prepare<[number], number>("SELECT received_at FROM delivery WHERE id = ?").pluck()
