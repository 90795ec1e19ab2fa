/** Contents of a database, by questions that stay quick on a large one: no index is scanned twice, no body is read. */
import type { SubscriptionState } from "../domain/Report.js"
import type { EpochMillis } from "../domain/Time.js"
import { type Database, openDatabase } from "./Database.js"
import { runningOwner } from "./inbox/OwnerRow.js"
import { refusedDeliveries } from "./RefusedDeliveries.js"
import { isRunning, type OtherHost, readOtherHosts } from "./recording/RecordingStatus.js"
import { explain } from "./StoreError.js"

export interface Overview {
  readonly calls: number
  readonly from: EpochMillis | null
  readonly to: EpochMillis | null
  /** Of the newest minutes. */
  readonly lately: { readonly calls: number; readonly seconds: number }
  /** Calls that the recorders could not keep. */
  readonly lost: number
  /** Processes of this machine that record now. */
  readonly recording: number
  /** Calls to hosts that are not recorded, the most called first. */
  readonly otherHosts: ReadonlyArray<OtherHost>
  /** When the last audit was made; `null` without one. */
  readonly auditedAt: EpochMillis | null
  readonly subscriptions: {
    readonly applied: ReadonlyArray<AppliedSubscription>
    /** There were some, and all were removed. */
    readonly removed: boolean
  }
  /** Whether a receiver owns the inbox, by its heartbeat. */
  readonly receiving: boolean
  /** Events in the inbox, those of reconciliation among them. */
  readonly events: { readonly total: number; readonly dead: number; readonly lastAt: EpochMillis | null }
  readonly inbox: {
    /** Waiting for the handler, those that failed before among them. */
    readonly waiting: number
    readonly failing: number
    readonly quarantined: number
    /** Deliveries that were not taken: their signature was wrong, for the most part. */
    readonly refused: number
    /** Sources of which deliveries are refused for their signature, with none accepted since. */
    readonly refusing: ReadonlyArray<string>
  }
  /** Pollers that are recorded as switched off. */
  readonly cutovers: number
}

export interface AppliedSubscription {
  readonly source: string
  readonly route: string
  readonly event: string
  /** As `subscriptions status` last found it, or the first delivery showed. */
  readonly state: SubscriptionState
  /** When the first verified delivery came by it. */
  readonly verifiedAt: EpochMillis | null
}

const subscriptionsOf = (database: Database): Overview["subscriptions"] => {
  const applied = database
    .prepare<[], AppliedSubscription>(
      "SELECT source, route, event, state, verified_at AS verifiedAt FROM subscription ORDER BY source, event, route"
    )
    .all()
  const removed = applied.length === 0 && database.prepare("SELECT 1 FROM unsubscribed").get() !== undefined
  return { applied, removed }
}

/** Span of `lately`, in seconds. */
const latelySeconds = 300

/** How long another process's lock is waited for: a person waits for the answer. */
const busyTimeoutMs = 500

/** Throws a `StoreError`, also where there is no file. */
export const readOverview = (file: string, now: EpochMillis): Overview => {
  const database = openDatabase(file, { mustExist: true, readsOnly: true, busyTimeoutMs })
  try {
    const number = (sql: string): number => database.prepare(sql).pluck().get() as number
    const moment = (sql: string): EpochMillis | null =>
      (database.prepare(sql).pluck().get() as EpochMillis | null | undefined) ?? null
    return database
      .transaction(
        (): Overview => ({
          calls: number("SELECT count(*) FROM call"),
          from: moment("SELECT min(started_at) FROM call"),
          to: moment("SELECT max(started_at) FROM call"),
          lately: {
            calls: database
              .prepare("SELECT count(*) FROM call WHERE started_at >= ?")
              .pluck()
              .get(now - latelySeconds * 1_000) as number,
            seconds: latelySeconds
          },
          lost: number("SELECT coalesce(sum(lost), 0) FROM recorder"),
          recording: (
            database.prepare("SELECT pid FROM recorder WHERE ended = 0").pluck().all() as Array<number>
          ).filter(isRunning).length,
          otherHosts: readOtherHosts(database),
          auditedAt: moment("SELECT started_at FROM run WHERE kind = 'audit' ORDER BY id DESC LIMIT 1"),
          subscriptions: subscriptionsOf(database),
          receiving: runningOwner(database, "inbox_owner", now) !== null,
          events: {
            total: number("SELECT count(*) FROM delivery"),
            dead: number("SELECT count(*) FROM delivery WHERE state = 'dead'"),
            lastAt: moment("SELECT received_at FROM delivery ORDER BY id DESC LIMIT 1")
          },
          inbox: {
            waiting: number("SELECT count(*) FROM delivery WHERE state = 'stored' AND duplicate_of IS NULL"),
            failing: number("SELECT count(*) FROM delivery WHERE state = 'stored' AND attempts > 0"),
            quarantined: number("SELECT count(*) FROM delivery WHERE state = 'quarantined'"),
            refused: number("SELECT coalesce(sum(count), 0) FROM rejection"),
            refusing: refusedDeliveries(database)().map(({ source }) => source)
          },
          cutovers: number(
            `SELECT count(*) FROM
               (SELECT DISTINCT source, integration, endpoint, query FROM cutover WHERE ended_at IS NULL)`
          )
        })
      )
      .deferred()
  } catch (error) {
    throw explain(error, file)
  } finally {
    database.close()
  }
}
