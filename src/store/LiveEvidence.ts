/** The evidence of the live comparison: versions that polling saw, deliveries that the receiver got, cut-overs. */
import { getOrMake, groupBy } from "../domain/Grouping.js"
import { median } from "../domain/Quantiles.js"
import type { EpochMillis } from "../domain/Time.js"
import { openDatabase } from "./Database.js"
import { findOwner } from "./inbox/OwnerRow.js"
import { explain } from "./StoreError.js"
import { subscribedEvents } from "./SubscribedEvents.js"

/** A recorded stream that lists entities. */
export interface PolledStream {
  readonly id: number
  readonly integration: string
  readonly product: string
  readonly account: string
  readonly endpoint: string
  readonly query: string
  readonly firstCallAt: EpochMillis
  readonly lastCallAt: EpochMillis
  /** Median time between two of its first pages; `null` with fewer than three. */
  readonly intervalMs: number | null
  /** When its answered sweeps began, rising. */
  readonly sweptAt: ReadonlyArray<EpochMillis>
  /** Of these the newest, apart by process; one list where processes are unknown. */
  readonly newestByProcess: ReadonlyArray<ReadonlyArray<EpochMillis>>
  /** How far the provider's clock is ahead of the program's; 0 where no answer told. */
  readonly clockAheadMs: number
}

export interface PolledVersion {
  readonly stream: number
  readonly entity: string
  readonly entityId: string
  readonly updatedAt: EpochMillis
  readonly seenAt: EpochMillis
  readonly created: boolean
  /** `null` where the stream had not known the entity before. */
  readonly changed: ReadonlyArray<string> | null
}

export interface ArrivedVersion {
  readonly source: string
  readonly event: string
  readonly entity: string
  readonly entityId: string
  readonly updatedAt: EpochMillis
  readonly receivedAt: EpochMillis
  readonly origin: "webhook" | "reconciliation"
  /** How often the same came again without a row of its own. */
  readonly duplicates: number
  readonly changed: ReadonlyArray<string> | null
}

export interface Cutover {
  readonly id: number
  readonly source: string
  readonly integration: string
  readonly endpoint: string
  readonly query: string
  readonly entity: string
  readonly at: EpochMillis
  /** When polling was switched on again. */
  readonly endedAt: EpochMillis | null
}

export interface LiveEvidence {
  readonly streams: ReadonlyArray<PolledStream>
  readonly polled: ReadonlyArray<PolledVersion>
  readonly arrived: ReadonlyArray<ArrivedVersion>
  readonly cutovers: ReadonlyArray<Cutover>
  /** The heartbeat of the receiver that owns the inbox, or did until it was killed; `null` where it ended. */
  readonly receiverSeenAt: EpochMillis | null
  /**
   * By source and route: the events that were subscribed to. A source without any is subscribed by hand, or not at all.
   */
  readonly subscribed: ReadonlyMap<string, ReadonlyMap<string, ReadonlyArray<string>>>
  /** Of the rules that were applied, by `source event`: the fields that each watches. */
  readonly watches: ReadonlyMap<string, ReadonlyArray<string>>
}

interface DeliveryRow extends Omit<ArrivedVersion, "changed"> {
  readonly id: number
  readonly duplicateOf: number | null
  readonly changed: string | null
}

const names = (text: string | null): ReadonlyArray<string> | null =>
  text === null ? null : (JSON.parse(text) as ReadonlyArray<string> | null)

/** Calls of a stream that its interval is taken from: the newest. */
const newestCalls = 500

/** Whether a receiver has put anything into the file. Throws a `StoreError`. */
export const hasDeliveries = (file: string): boolean => {
  const database = openDatabase(file, { mustExist: true, readsOnly: true })
  try {
    return database.prepare("SELECT 1 FROM delivery LIMIT 1").get() !== undefined
  } finally {
    database.close()
  }
}

/** Everything since `from`, in one snapshot. Throws a `StoreError`. */
export const readLiveEvidence = (file: string, from: EpochMillis): LiveEvidence => {
  const database = openDatabase(file, { mustExist: true, readsOnly: true })
  try {
    return database
      .transaction((): LiveEvidence => {
        const starts = database
          .prepare(
            `SELECT started_at, process FROM call WHERE stream = ? AND started_at >= ? AND coalesce(page, 1) <= 1
               AND (status BETWEEN 200 AND 299 OR status = 304) ORDER BY started_at`
          )
          .raw()
        const streams = database
          .prepare(
            `SELECT stream.id, integration, product, account, method || ' ' || template AS endpoint, query,
               min(started_at) AS firstCallAt, max(started_at) AS lastCallAt,
               coalesce(avg(clock_ms), 0) AS clockAheadMs
             FROM stream JOIN call ON call.stream = stream.id WHERE method = 'GET' AND started_at >= ?
             GROUP BY stream.id ORDER BY stream.id`
          )
          .all(from) as Array<Omit<PolledStream, "intervalMs" | "sweptAt" | "newestByProcess">>
        const polled = database
          .prepare(
            `SELECT stream, entity, entity_id AS entityId, updated_at AS updatedAt, seen_at AS seenAt, created, changed
             FROM item_version WHERE updated_at >= ?`
          )
          .all(from) as Array<Omit<PolledVersion, "created" | "changed"> & { created: number; changed: string | null }>
        const arrived = database
          .prepare(
            `SELECT id, duplicate_of AS duplicateOf, source, event, entity, entity_id AS entityId, updated_at AS updatedAt,
               received_at AS receivedAt, origin, duplicates, changed
             FROM delivery WHERE event IS NOT NULL AND updated_at >= ? ORDER BY id`
          )
          .all(from) as Array<DeliveryRow>
        // A delivery that has a row of its own is not counted on the row that it repeats.
        const ownRows = new Map<number, number>()
        for (const { duplicateOf } of arrived)
          if (duplicateOf !== null) ownRows.set(duplicateOf, (ownRows.get(duplicateOf) ?? 0) + 1)
        const events = subscribedEvents(database)()
        const subscribed = new Map<string, Map<string, Array<string>>>()
        for (const { event, route, source } of events) {
          const routes = getOrMake(subscribed, source, () => new Map<string, Array<string>>())
          getOrMake(routes, route, () => []).push(event)
        }
        return {
          receiverSeenAt: findOwner(database).get()?.beatAt ?? null,
          subscribed,
          watches: new Map(
            events.flatMap(({ event, route, source, watches }) =>
              route === "app" ? [] : [[`${source} ${event}`, watches] as const]
            )
          ),
          streams: streams.map((stream) => {
            const swept = starts.all(stream.id, from) as Array<[startedAt: number, process: number | null]>
            const newest = swept.slice(-newestCalls)
            const gaps = newest.slice(1).map(([start], index) => start - newest[index]![0])
            return {
              ...stream,
              sweptAt: swept.map(([start]) => start),
              newestByProcess: [...groupBy(newest, ([, process]) => process).values()].map((own) =>
                own.map(([start]) => start)
              ),
              intervalMs: gaps.length < 2 ? null : median(gaps)
            }
          }),
          polled: polled.map((row) => ({ ...row, created: row.created === 1, changed: names(row.changed) })),
          arrived: arrived.map(({ duplicateOf, id, ...row }) => ({
            ...row,
            // The row that a delivery repeats counts that delivery's own repeats.
            duplicates: duplicateOf === null ? Math.max(0, row.duplicates - (ownRows.get(id) ?? 0)) : 0,
            changed: names(row.changed)
          })),
          cutovers: database
            .prepare(
              "SELECT id, source, integration, endpoint, query, entity, at, ended_at AS endedAt FROM cutover ORDER BY id"
            )
            .all() as Array<Cutover>
        }
      })
      .deferred()
  } catch (error) {
    throw explain(error, file)
  } finally {
    database.close()
  }
}

/** Records that a poller was switched off, with the evidence for it. */
export const noteCutover = (
  file: string,
  cutover: Omit<Cutover, "id" | "endedAt"> & { readonly evidence: unknown }
): void => {
  const database = openDatabase(file, { mustExist: true })
  try {
    database
      .prepare(
        `INSERT INTO cutover (source, integration, endpoint, query, entity, at, evidence)
         VALUES (@source, @integration, @endpoint, @query, @entity, @at, @evidence)`
      )
      .run({ ...cutover, evidence: JSON.stringify(cutover.evidence) })
  } catch (error) {
    throw explain(error, file)
  } finally {
    database.close()
  }
}

/** Records that polling is on again; gives the number of cut-overs that this ends. */
export const endCutovers = (file: string, ids: ReadonlyArray<number>, at: EpochMillis): number => {
  const database = openDatabase(file, { mustExist: true })
  try {
    const end = database.prepare("UPDATE cutover SET ended_at = ? WHERE id = ? AND ended_at IS NULL")
    return ids.reduce((sum, id) => sum + end.run(at, id).changes, 0)
  } catch (error) {
    throw explain(error, file)
  } finally {
    database.close()
  }
}
