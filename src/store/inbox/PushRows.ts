/** Which types pushes tell of: the subscriptions that were applied, and when a delivery last came. Statements, by name. */
import type { Statement } from "better-sqlite3"
import type { EpochMillis } from "../../domain/Time.js"
import type { Database } from "../Database.js"

export interface PushedType {
  readonly source: string
  readonly entity: string
  /** When a delivery of the type last came, to within an hour. */
  readonly lastAt: EpochMillis
}

export interface SubscribedEvent {
  readonly source: string
  readonly route: string
  readonly event: string
  /** Whether the provider has taken it, or it has delivered. */
  readonly active: 0 | 1
  /** JSON: the fields that a rule watches, beside others. */
  readonly fields: string
}

export const notePush = (
  database: Database
): Statement<[source: string, entity: string, at: EpochMillis, at: EpochMillis]> =>
  database.prepare(
    `INSERT INTO pushed_type (source, entity, last_at) VALUES (?, ?, ?)
     ON CONFLICT DO UPDATE SET last_at = max(last_at, ?)`
  )

export const pushedTypes = (database: Database): Statement<[], PushedType> =>
  database.prepare("SELECT source, entity, last_at AS lastAt FROM pushed_type")

export const subscribedEvents = (database: Database): Statement<[], SubscribedEvent> =>
  database.prepare("SELECT source, route, event, state = 'active' AS active, fields FROM subscription")
