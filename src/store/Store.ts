/**
 * The store as a service: recordings, subscriptions, the results of past runs. Each layer owns one connection; the two
 * hot writers (recorder thread, receiver's commit loop) keep connections of their own.
 */
import { Clock, Context, Effect, Layer, Schema } from "effect"
import type { RecordedSpan } from "../domain/RecordedSpan.js"
import type { Recording } from "../domain/Recording.js"
import type { SubscriptionState } from "../domain/Report.js"
import type { EpochMillis } from "../domain/Time.js"
import { type Database, type OpenOptions, openDatabase } from "./Database.js"
import { type RefusedDeliveries, refusedDeliveries } from "./RefusedDeliveries.js"
import { readRecording } from "./recording/ReadRecording.js"
import { recordedSpan } from "./recording/RecordedExtent.js"
import { type RecordingStatus, readRecordingStatus } from "./recording/RecordingStatus.js"
import { explain } from "./StoreError.js"
import { lossyStates } from "./SubscribedEvents.js"

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
  /** The subscription as applied (watched fields, target), to tell drift. */
  readonly fields: string
  readonly appliedAt: EpochMillis | null
  readonly verifiedAt: EpochMillis | null
}

const makeStore = (database: Database, file: string) => {
  const attempt = <A>(use: () => A): Effect.Effect<A, StoreUnavailable> =>
    Effect.try({ try: use, catch: (error) => unavailable(error, file) })

  /** Everything recorded in the window (start inclusive, end exclusive), of these products or of all. */
  const recording = (
    window: Partial<Window>,
    products: ReadonlyArray<string> = []
  ): Effect.Effect<Recording, StoreUnavailable> => attempt(() => readRecording(database, window, products))

  /** First and last call of all that was recorded; `null` without any. */
  const span: Effect.Effect<RecordedSpan | null, StoreUnavailable> = attempt(() => recordedSpan(database))

  /** When the oldest of the newest `calls` calls began; `null` where the recording has no more. Ids rise with time. */
  const beginningOfNewest = (calls: number): Effect.Effect<EpochMillis | null, StoreUnavailable> =>
    attempt(() => {
      const [first, before] = database
        .prepare("SELECT started_at FROM call ORDER BY id DESC LIMIT 2 OFFSET ?")
        .pluck()
        .all(calls - 1) as Array<EpochMillis>
      return before === undefined ? null : first!
    })

  /** The recorders, their calls, and the calls that were lost. */
  const recordingStatus: Effect.Effect<RecordingStatus, StoreUnavailable> = attempt(() => readRecordingStatus(database))

  const subscriptions: Effect.Effect<ReadonlyArray<SubscriptionRow>, StoreUnavailable> = attempt(
    () =>
      database
        .prepare(
          `SELECT source, route, event, product, account, remote_id AS remoteId, state, fields,
             applied_at AS appliedAt, verified_at AS verifiedAt FROM subscription ORDER BY source, route, event`
        )
        .all() as Array<SubscriptionRow>
  )

  const saveSubscription = (row: SubscriptionRow): Effect.Effect<void, StoreUnavailable> =>
    Effect.flatMap(Clock.currentTimeMillis, (now) =>
      attempt(() => {
        database
          .prepare(
            `INSERT INTO subscription (source, route, event, product, account, remote_id, state, fields, applied_at, verified_at)
           VALUES (@source, @route, @event, @product, @account, @remoteId, @state, @fields, @appliedAt, @verifiedAt)
           ON CONFLICT DO UPDATE SET product = excluded.product, account = excluded.account, remote_id = excluded.remote_id,
             state = excluded.state, fields = excluded.fields, applied_at = excluded.applied_at,
             verified_at = coalesce(excluded.verified_at, subscription.verified_at),
             delivers_since = CASE
               WHEN subscription.state IN (${lossyStates}) AND excluded.state NOT IN (${lossyStates}) THEN @now
               ELSE subscription.delivers_since END`
          )
          .run({ ...row, now: Math.max(now, row.appliedAt ?? 0) })
      })
    )

  const removeSubscription = (source: string, route: string, event: string): Effect.Effect<void, StoreUnavailable> =>
    attempt(() =>
      database.transaction(() => {
        database
          .prepare("DELETE FROM subscription WHERE source = ? AND route = ? AND event = ?")
          .run(source, route, event)
        database.prepare("INSERT OR REPLACE INTO unsubscribed (source, at) VALUES (?, ?)").run(source, Date.now())
      })()
    )

  /** By source: the entity types that the subscriptions which were applied have reconciled. */
  const reconciledEntities: Effect.Effect<
    ReadonlyArray<{ readonly source: string; readonly entity: string }>,
    StoreUnavailable
  > = attempt(
    () =>
      database.prepare("SELECT source, entity FROM reconciled_entity ORDER BY source, entity").all() as Array<{
        source: string
        entity: string
      }>
  )

  const setReconciledEntities = (
    source: string,
    entities: ReadonlyArray<string>
  ): Effect.Effect<void, StoreUnavailable> =>
    attempt(() =>
      database.transaction(() => {
        database.prepare("DELETE FROM reconciled_entity WHERE source = ?").run(source)
        const insert = database.prepare("INSERT INTO reconciled_entity (source, entity) VALUES (?, ?)")
        for (const entity of new Set(entities)) insert.run(source, entity)
      })()
    )

  /** Sources of which deliveries are refused for their signature, with none accepted since. */
  const refused: Effect.Effect<ReadonlyArray<RefusedDeliveries>, StoreUnavailable> = attempt(() =>
    refusedDeliveries(database)()
  )

  /** Keeps the outcome of a run (an audit, a replay) so that `report` can write it again. */
  const saveRun = (kind: string, startedAt: EpochMillis, result: unknown): Effect.Effect<void, StoreUnavailable> =>
    attempt(() => {
      database
        .prepare("INSERT INTO run (kind, started_at, result) VALUES (?, ?, ?)")
        .run(kind, startedAt, JSON.stringify(result))
    })

  const lastRun = (kind: string): Effect.Effect<unknown, StoreUnavailable> =>
    attempt(() => {
      const result = database
        .prepare("SELECT result FROM run WHERE kind = ? ORDER BY id DESC LIMIT 1")
        .pluck()
        .get(kind)
      return result === undefined ? null : (JSON.parse(result as string) as unknown)
    })

  return {
    recording,
    span,
    beginningOfNewest,
    recordingStatus,
    subscriptions,
    saveSubscription,
    removeSubscription,
    reconciledEntities,
    setReconciledEntities,
    refused,
    saveRun,
    lastRun
  } as const
}

const unavailable = (error: unknown, file: string): StoreUnavailable => {
  const { message, reason } = explain(error, file)
  return new StoreUnavailable({ reason, message })
}

export class Store extends Context.Tag("hookshift/Store")<Store, ReturnType<typeof makeStore>>() {
  /** The store over a file, which is made or migrated first; closed with the layer. */
  static readonly layer = (file: string, options: OpenOptions = {}): Layer.Layer<Store, StoreUnavailable> =>
    Layer.scoped(
      Store,
      Effect.acquireRelease(
        Effect.try({ try: () => openDatabase(file, options), catch: (error) => unavailable(error, file) }),
        (database) => Effect.sync(() => database.close())
      ).pipe(Effect.map((database) => makeStore(database, file)))
    )
}
