/**
 * The one reader of recorded streams, calls and item versions, row by row in the order of time: the rows of a long
 * recording do not fit into memory. Plain and synchronous. SQLite's rows come as arrays, and become objects here.
 */
import type { Call, CallId, ItemVersion, Stream } from "../../domain/Call.js"
import type { EpochMillis } from "../../domain/Time.js"
import type { Database } from "../Database.js"

/** The start inclusive, the end exclusive. */
export interface CallWindow {
  readonly from: EpochMillis
  readonly to: EpochMillis
}

type Cell = number | string | null
type Rows = IterableIterator<Array<Cell>>

export const readStreams = (database: Database): ReadonlyArray<Stream> =>
  database
    .prepare<[], Stream>(
      `SELECT id, integration, NULLIF(principal, '') AS principal, NULLIF(product, '') AS product, account, method,
         template, query FROM stream`
    )
    .all()

/** By their ids, which rise with time. */
export const eachCall = function* (database: Database, { from, to }: CallWindow): Generator<Call> {
  const rows = database
    .prepare(
      `SELECT id, stream, started_at, duration_us, status, page, since, subject, request_bytes, response_bytes,
         limit_total, limit_remaining, retry_after, items, new_versions, process, clock_ms, failed_records, error,
         record_hashes
       FROM call WHERE started_at >= ? AND started_at < ? ORDER BY id`
    )
    .raw()
    .iterate(from, to) as Rows
  for (const row of rows) yield callOf(row)
}

const callOf = (row: ReadonlyArray<Cell>): Call => ({
  id: row[0] as number,
  stream: row[1] as number,
  startedAt: row[2] as number,
  durationMs: row[3] === null ? null : (row[3] as number) / 1_000,
  status: row[4] as number | null,
  page: row[5] as number | null,
  since: row[6] as number | null,
  subject: row[7] as string | null,
  requestBytes: row[8] as number | null,
  responseBytes: row[9] as number | null,
  limitTotal: row[10] as number | null,
  limitRemaining: row[11] as number | null,
  retryAfterSeconds: row[12] as number | null,
  items: row[13] as number | null,
  newVersions: row[14] as number | null,
  process: row[15] as number | null,
  clockMs: row[16] as number | null,
  failedRecords: row[17] as number | null,
  error: row[18] as string | null,
  recordHashes: row[19] === null ? null : (row[19] as string).split(" ")
})

const versionColumns = "stream, call, entity, entity_id, version, updated_at, seen_at, created, changed"

/**
 * The versions that calls from `first` to `last` brought, in the order of the primary key: sorting by call would take a
 * temporary table of their size.
 */
export const eachVersion = function* (database: Database, first: CallId, last: CallId): Generator<ItemVersion> {
  const rows = database
    .prepare(
      `SELECT ${versionColumns} FROM item_version
       WHERE call BETWEEN ? AND ? ORDER BY stream, entity, entity_id, version`
    )
    .raw()
    .iterate(first, last) as Rows
  const fieldsOf = parsedOnce()
  for (const row of rows) yield versionOf(row, fieldsOf)
}

type FieldNames = (text: string) => ReadonlyArray<string>

const versionOf = (row: ReadonlyArray<Cell>, fieldsOf: FieldNames): ItemVersion => ({
  stream: row[0] as number,
  call: row[1] as number,
  entity: row[2] as string,
  entityId: row[3] as string,
  version: row[4] as string,
  updatedAt: row[5] as number | null,
  seenAt: row[6] as number,
  created: row[7] === 1,
  changed: row[8] === null ? null : fieldsOf(row[8] as string)
})

/** The sets of changed fields are few, and each is parsed once. */
const parsedOnce = (): FieldNames => {
  const known = new Map<string, ReadonlyArray<string>>()
  return (text) => {
    let fields = known.get(text)
    if (fields === undefined) {
      fields = JSON.parse(text) as ReadonlyArray<string>
      known.set(text, fields)
    }
    return fields
  }
}

/** A call with its stream, its versions and its bodies. */
export interface WholeCall {
  readonly call: Call
  readonly stream: Stream
  /** The item versions that this call was the first of its stream to see, by entity type and id. */
  readonly versions: ReadonlyArray<ItemVersion>
  readonly requestBody: string | null
  readonly responseBody: string | null
}

export const eachWholeCall = function* (database: Database, window: CallWindow): Generator<WholeCall> {
  const streams = new Map(readStreams(database).map((stream) => [stream.id, stream]))
  const bodiesOf = keptBodies(database)
  // In the order of their calls: the two lists are read side by side, and neither is held.
  const versions = database
    .prepare(`SELECT ${versionColumns} FROM item_version ORDER BY call, entity, entity_id`)
    .raw()
    .iterate() as Rows
  const fieldsOf = parsedOnce()
  let next = versions.next()
  try {
    for (const call of eachCall(database, window)) {
      const own: Array<ItemVersion> = []
      while (next.done !== true && (next.value[1] as number) <= call.id) {
        if (next.value[1] === call.id) own.push(versionOf(next.value, fieldsOf))
        next = versions.next()
      }
      const [requestBody, responseBody] = bodiesOf(call.id)
      yield { call, stream: streams.get(call.stream)!, versions: own, requestBody, responseBody }
    }
  } finally {
    versions.return?.()
  }
}

type Bodies = readonly [request: string | null, response: string | null]
const noBodies: Bodies = [null, null]

const keptBodies = (database: Database): ((call: CallId) => Bodies) => {
  if (!hasBodies(database)) return () => noBodies
  const statement = database
    .prepare<[CallId], [string | null, string | null]>(
      `SELECT requested.content, responded.content FROM call_body
         LEFT JOIN body AS requested ON requested.id = call_body.request
         LEFT JOIN body AS responded ON responded.id = call_body.response
       WHERE call_body.call = ?`
    )
    .raw()
  return (call) => statement.get(call) ?? noBodies
}

export const hasBodies = (database: Database): boolean =>
  database.prepare<[], number>("SELECT EXISTS (SELECT 1 FROM body)").pluck().get() === 1
