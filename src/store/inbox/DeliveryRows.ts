/** The statements that move a delivery through the inbox until its event has changed the entity's state, by name. */
import type { Statement } from "better-sqlite3"
import type { Echo, Origin } from "../../domain/Event.js"
import type { EpochMillis } from "../../domain/Time.js"
import type { Database } from "../Database.js"

/** The source and origin of a delivery. */
export const findOrigin = (
  database: Database
): Statement<[id: number], { readonly source: string; readonly origin: Origin }> =>
  database.prepare("SELECT source, origin FROM delivery WHERE id = ?")

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
