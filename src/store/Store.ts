/**
 * The store as a service: what was recorded, which subscriptions exist, what past runs found. It reads and writes over
 * `@effect/sql`; the two hot writers (recorder thread, receiver's commit loop) keep connections of their own.
 */
import { SqlClient, type SqlError } from "@effect/sql"
import { SqliteClient } from "@effect/sql-sqlite-node"
import { Duration, Effect, Layer, Schema } from "effect"
import type { Recording } from "../domain/Recording.js"
import type { SubscriptionState } from "../domain/Report.js"
import type { EpochMillis } from "../domain/Time.js"
import { explain, type OpenOptions, openDatabase } from "./Database.js"
import { readRecording } from "./ReadRecording.js"
import { type RecordingStatus, readRecordingStatus } from "./RecordingStatus.js"

/** The database cannot serve; `message` is a sentence with the remedy. */
export class StoreUnavailable extends Schema.TaggedError<StoreUnavailable>()("StoreUnavailable", {
  reason: Schema.String,
  message: Schema.String
}) {}

export interface Window {
  readonly from: EpochMillis
  readonly to: EpochMillis
}

export interface SubscriptionRow {
  readonly source: string
  readonly route: string
  readonly event: string
  readonly product: string
  readonly account: string
  readonly remoteId: string | null
  readonly state: SubscriptionState
  /** What was asked for (watched fields, target), to tell drift. */
  readonly fields: string
  readonly appliedAt: EpochMillis | null
  readonly verifiedAt: EpochMillis | null
}

export class Store extends Effect.Service<Store>()("hookshift/Store", {
  effect: Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const or = <A>(effect: Effect.Effect<A, SqlError.SqlError>): Effect.Effect<A, StoreUnavailable> =>
      Effect.mapError(effect, (error) => {
        const { message, reason } = explain(error.cause, "the database")
        return new StoreUnavailable({ reason, message })
      })

    /** Everything recorded in the window (start inclusive, end exclusive), of these products or of all. */
    const recording = (
      window: Partial<Window>,
      products: ReadonlyArray<string> = []
    ): Effect.Effect<Recording, StoreUnavailable> =>
      Effect.gen(function* () {
        const [main] = yield* or(sql<{ file: string }>`SELECT file FROM pragma_database_list WHERE name = 'main'`)
        return yield* Effect.try({
          try: () => {
            const database = openDatabase(main!.file, { mustExist: true })
            try {
              return readRecording(
                database,
                { from: window.from ?? 0, to: window.to ?? Number.MAX_SAFE_INTEGER },
                products
              )
            } finally {
              database.close()
            }
          },
          catch: (error) => {
            const { message, reason } = explain(error, main!.file)
            return new StoreUnavailable({ reason, message })
          }
        })
      })

    /** Who records, how much, and how much was lost. */
    const recordingStatus: Effect.Effect<RecordingStatus, StoreUnavailable> = or(readRecordingStatus(sql))

    const subscriptions: Effect.Effect<ReadonlyArray<SubscriptionRow>, StoreUnavailable> = or(
      sql<SubscriptionRow>`
        SELECT source, route, event, product, account, remote_id AS remoteId, state, fields,
               applied_at AS appliedAt, verified_at AS verifiedAt FROM subscription ORDER BY source, route, event`
    )

    const saveSubscription = (row: SubscriptionRow): Effect.Effect<void, StoreUnavailable> =>
      Effect.asVoid(
        or(sql`
          INSERT INTO subscription (source, route, event, product, account, remote_id, state, fields, applied_at, verified_at)
          VALUES (${row.source}, ${row.route}, ${row.event}, ${row.product}, ${row.account}, ${row.remoteId}, ${row.state},
                  ${row.fields}, ${row.appliedAt}, ${row.verifiedAt})
          ON CONFLICT DO UPDATE SET product = excluded.product, account = excluded.account, remote_id = excluded.remote_id,
            state = excluded.state, fields = excluded.fields, applied_at = excluded.applied_at,
            verified_at = coalesce(excluded.verified_at, subscription.verified_at)`)
      )

    const removeSubscription = (source: string, route: string, event: string): Effect.Effect<void, StoreUnavailable> =>
      Effect.asVoid(
        or(sql`DELETE FROM subscription WHERE source = ${source} AND route = ${route} AND event = ${event}`)
      )

    /** Keeps the outcome of a run (an audit, a replay) so that `report` can write it again. */
    const saveRun = (kind: string, startedAt: EpochMillis, result: unknown): Effect.Effect<void, StoreUnavailable> =>
      Effect.asVoid(
        or(sql`INSERT INTO run (kind, started_at, result) VALUES (${kind}, ${startedAt}, ${JSON.stringify(result)})`)
      )

    const lastRun = (kind: string): Effect.Effect<unknown, StoreUnavailable> =>
      or(sql<{ result: string }>`SELECT result FROM run WHERE kind = ${kind} ORDER BY id DESC LIMIT 1`).pipe(
        Effect.map((rows) => (rows[0] === undefined ? null : (JSON.parse(rows[0].result) as unknown)))
      )

    return {
      recording,
      recordingStatus,
      subscriptions,
      saveSubscription,
      removeSubscription,
      saveRun,
      lastRun
    } as const
  })
}) {
  /** The store over a file, which is made or migrated first. */
  static readonly layer = (file: string, options: OpenOptions = {}): Layer.Layer<Store, StoreUnavailable> =>
    Layer.unwrapEffect(
      Effect.try({
        try: () => {
          openDatabase(file, options).close()
          return Store.Default.pipe(
            Layer.provide(SqliteClient.layer({ filename: file, prepareCacheTTL: Duration.infinity })),
            Layer.orDie
          )
        },
        catch: (error) => {
          const { message, reason } = explain(error, file)
          return new StoreUnavailable({ reason, message })
        }
      })
    )
}
