/**
 * The evidence of a replay: an account's calls, the versions that its integrations saw, their calls by minute. Plain.
 */
import type { Call, ItemVersion, Stream } from "../../domain/Call.js"
import type { EpochMillis } from "../../domain/Time.js"
import type { Database } from "../Database.js"
import { type CallWindow, eachCall, readStreams } from "./RecordedCalls.js"

export interface CallOfStream extends Call {
  readonly of: Stream
}

/** An account's GETs in the window, in the order of time. */
export const readAccountGets = (
  database: Database,
  account: string,
  window: CallWindow
): ReadonlyArray<CallOfStream> => {
  const streams = new Map<number, Stream>()
  for (const stream of readStreams(database))
    if (stream.account === account && stream.method === "GET") streams.set(stream.id, stream)
  const calls: Array<CallOfStream> = []
  for (const call of eachCall(database, window)) {
    const of = streams.get(call.stream)
    if (of !== undefined) calls.push({ ...call, of })
  }
  return calls
}

/** A version as one stream saw it first; `changed` is a JSON array of names, `created` 0 or 1. */
export interface SeenVersion extends Omit<ItemVersion, "changed" | "created" | "version"> {
  readonly changed: string | null
  readonly created: number
  /** Of the call that saw it. */
  readonly subject: string | null
}

/** Every version with a stamp before `until` that any integration of the account saw, by stamp. */
export const readAccountVersions = (
  database: Database,
  account: string,
  until: EpochMillis
): ReadonlyArray<SeenVersion> =>
  database
    .prepare<[string, EpochMillis], SeenVersion>(
      `SELECT v.stream, v.call, v.entity, v.entity_id AS entityId, v.updated_at AS updatedAt, v.seen_at AS seenAt, v.created, v.changed, c.subject
       FROM item_version v JOIN call c ON c.id = v.call JOIN stream s ON s.id = v.stream
       WHERE s.account = ? AND v.updated_at IS NOT NULL AND v.updated_at < ?
       ORDER BY v.updated_at, v.entity, v.entity_id, v.seen_at, s.integration, s.template, s.query, c.subject`
    )
    .all(account, until)

export interface CallsOfMinute {
  readonly integration: string
  /** Since 1970. */
  readonly minute: number
  readonly calls: number
}

export const countCallsByMinute = (
  database: Database,
  account: string,
  { from, to }: CallWindow
): ReadonlyArray<CallsOfMinute> =>
  database
    .prepare<[string, EpochMillis, EpochMillis], CallsOfMinute>(
      `SELECT s.integration, CAST(c.started_at / 60000 AS INTEGER) AS minute, count(*) AS calls
       FROM call c JOIN stream s ON s.id = c.stream WHERE s.account = ? AND c.started_at >= ? AND c.started_at < ?
       GROUP BY s.integration, minute`
    )
    .all(account, from, to)

export interface SeenChange {
  readonly account: string
  readonly integration: string
  readonly entity: string
  readonly id: string
  readonly updatedAt: EpochMillis
  /** Not before the stamp: a version seen earlier means that the provider's clock is ahead of the recorder's. */
  readonly at: EpochMillis
}

/** Versions seen from the window's start on, with a stamp before its end. */
export const readSeenChanges = (database: Database, { from, to }: CallWindow): ReadonlyArray<SeenChange> =>
  database
    .prepare<[EpochMillis, EpochMillis], SeenChange>(
      `SELECT s.account, s.integration, v.entity, v.entity_id AS id, v.updated_at AS updatedAt,
         max(v.seen_at, v.updated_at) AS at
       FROM item_version v JOIN stream s ON s.id = v.stream WHERE v.seen_at >= ? AND v.updated_at < ?
       ORDER BY v.seen_at, s.account, v.entity, v.entity_id, v.updated_at`
    )
    .all(from, to)
