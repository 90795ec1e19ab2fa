/**
 * Secrets in use, refused deliveries, subscriptions that deliver, and whether the file takes writes: statements, by
 * name.
 */
import type { Statement } from "better-sqlite3"
import type { EpochMillis } from "../../domain/Time.js"
import type { Database } from "../Database.js"

export const findSecretUse = (
  database: Database
): Statement<[source: string, fingerprint: string], { readonly lastAt: EpochMillis; readonly deliveries: number }> =>
  database.prepare("SELECT last_at AS lastAt, deliveries FROM secret_use WHERE source = ? AND fingerprint = ?")

export const addSecretUse = (
  database: Database
): Statement<[source: string, fingerprint: string, lastAt: EpochMillis, deliveries: number]> =>
  database.prepare(
    "INSERT INTO secret_use (source, fingerprint, last_at, deliveries) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET last_at = excluded.last_at, deliveries = deliveries + excluded.deliveries"
  )

const goesOn =
  "rejection.last_at > coalesce((SELECT max(last_at) FROM secret_use WHERE secret_use.source = excluded.source), 0)"

export const addRejections = (
  database: Database
): Statement<[{ source: string; reason: string; count: number; at: EpochMillis }]> =>
  database.prepare(
    `INSERT INTO rejection (source, reason, count, last_at, in_a_row, row_began_at)
     VALUES (@source, @reason, @count, @at, @count, @at)
     ON CONFLICT DO UPDATE SET count = count + excluded.count,
       in_a_row = excluded.in_a_row + CASE WHEN ${goesOn} THEN in_a_row ELSE 0 END,
       row_began_at = CASE WHEN ${goesOn} THEN row_began_at ELSE excluded.row_began_at END,
       last_at = excluded.last_at`
  )

/** The delivery's subscription where it has not delivered yet: by its route, or as the event's only one. */
const unverified = `source = @source AND event = @event AND (verified_at IS NULL OR state = 'waiting')
  AND (route = @route OR (@route IS NULL
    AND (SELECT count(*) FROM subscription AS other WHERE other.source = @source AND other.event = @event) = 1))`

interface Delivered {
  readonly source: string
  readonly event: string
  readonly route: string | null
}

export const awaitsDelivery = (database: Database): Statement<[Delivered], 1> =>
  database.prepare<[Delivered], 1>(`SELECT 1 FROM subscription WHERE ${unverified}`).pluck()

/** The subscription has delivered. */
export const markVerified = (database: Database): Statement<[Delivered & { readonly at: EpochMillis }]> =>
  database.prepare(`UPDATE subscription SET verified_at = @at, state = 'active' WHERE ${unverified}`)

/** Writes a row of no meaning. */
export const touchFile = (database: Database): Statement<[]> =>
  database.prepare(
    "INSERT INTO meta (key, value) VALUES ('ready', '1') ON CONFLICT DO UPDATE SET value = excluded.value"
  )
