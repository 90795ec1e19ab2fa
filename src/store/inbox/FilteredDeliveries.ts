/** Reads, retries and purges deliveries that a filter lets through. Each filter is a statement of its own. */
import type { Statement } from "better-sqlite3"
import type { Origin } from "../../domain/Event.js"
import type { EpochMillis } from "../../domain/Time.js"
import type { Database } from "../Database.js"
import { type DeliveryState, type InboxFilter, whereOf } from "./DeliveryFilter.js"

export interface ListedDelivery {
  readonly id: number
  readonly source: string
  readonly origin: Origin
  readonly event: string | null
  readonly entity: string | null
  readonly entityId: string | null
  readonly updatedAt: EpochMillis | null
  readonly receivedAt: EpochMillis
  readonly state: DeliveryState
  readonly duplicates: number
  /** Hand-overs so far. */
  readonly attempts: number
  /** Sealed. */
  readonly body: Buffer
}

const lineColumns = `id, source, origin, event, entity, entity_id AS entityId, updated_at AS updatedAt, received_at AS receivedAt, state,
    duplicates, attempts, body`

/** The newest first, without those that told of a change once more. */
export const list = (database: Database, filter: InboxFilter, limit: number): ReadonlyArray<ListedDelivery> => {
  const where = whereOf(filter)
  return database
    .prepare(
      `SELECT ${lineColumns} FROM delivery WHERE duplicate_of IS NULL AND ${where.sql} ORDER BY id DESC LIMIT @limit`
    )
    .all({ ...where.values, limit }) as Array<ListedDelivery>
}

/** One delivery of the list by its number. */
export const finder = (database: Database, filter: InboxFilter): ((id: number) => ListedDelivery | undefined) => {
  const where = whereOf(filter)
  const one = database.prepare(
    `SELECT ${lineColumns} FROM delivery WHERE id = @id AND duplicate_of IS NULL AND ${where.sql}`
  )
  return (id) => one.get({ ...where.values, id }) as ListedDelivery | undefined
}

export const findDelivery = (
  database: Database
): Statement<[id: number], ListedDelivery & { readonly lastError: string | null }> =>
  database.prepare(`SELECT ${lineColumns}, last_error AS lastError FROM delivery WHERE id = ?`)

/** Numbers of dead letters behind the number `after`. */
export const deadIds = (
  database: Database,
  filter: InboxFilter,
  after: number,
  limit: number
): ReadonlyArray<number> => {
  const where = whereOf({ ...filter, state: "dead" })
  return database
    .prepare(`SELECT id FROM delivery WHERE id > @after AND ${where.sql} ORDER BY id LIMIT ${limit}`)
    .pluck()
    .all({ ...where.values, after }) as Array<number>
}

/** A dead letter is ready once more. */
export const revive = (database: Database): Statement<[id: number]> =>
  database.prepare(
    "UPDATE delivery SET state = 'stored', attempts = 0, next_attempt_at = 0 WHERE id = ? AND state = 'dead'"
  )

export const countByState = (
  database: Database
): Statement<[], { readonly state: DeliveryState; readonly count: number }> =>
  database.prepare("SELECT state, count(*) AS count FROM delivery WHERE duplicate_of IS NULL GROUP BY state")

export const count = (database: Database, filter: InboxFilter): number => {
  const where = whereOf(filter)
  return database.prepare(`SELECT count(*) FROM delivery WHERE ${where.sql}`).pluck().get(where.values) as number
}

/** The last number of the next `limit` deliveries behind `after`. */
export const lastOfSlice = (database: Database): Statement<[after: number, limit: number], number | null> =>
  database
    .prepare<[number, number], number | null>(
      "SELECT max(id) FROM (SELECT id FROM delivery WHERE id > ? ORDER BY id LIMIT ?)"
    )
    .pluck()

/** Deletes deliveries with numbers behind `after`, up to `last` and below `newest`; how many. */
export const purge = (
  database: Database,
  filter: InboxFilter,
  range: { readonly after: number; readonly last: number; readonly newest: number }
): number => {
  const where = whereOf(filter)
  return database
    .prepare(`DELETE FROM delivery WHERE id > @after AND id <= @last AND id < @newest AND ${where.sql}`)
    .run({ ...where.values, ...range }).changes
}
