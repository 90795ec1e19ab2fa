/**
 * Reads what was recorded row by row into columns, in one snapshot: rows of a long recording would not fit into memory
 * (bench/: audit). Plain and synchronous.
 */
import type { Call, Stream } from "../domain/Call.js"
import type { Recording } from "../domain/Recording.js"
import { buildRecording } from "../domain/RecordingBuilder.js"
import { type CallsOfDay, dayMs, type LeftOut, spanOf } from "../domain/Span.js"
import type { Database } from "./Database.js"
import { isRunning } from "./RecordingStatus.js"

type Cell = number | string | null

/** The start inclusive, the end exclusive, in milliseconds since 1970; without both, what the calls themselves span. */
export const readRecording = (
  database: Database,
  window: { readonly from?: number; readonly to?: number },
  products: ReadonlyArray<string>
): Recording =>
  database
    .transaction((): Recording => {
      const streams = (
        database
          .prepare(
            `SELECT id, integration, NULLIF(principal, '') AS principal, NULLIF(product, '') AS product, account, method,
               template, query FROM stream`
          )
          .all() as Array<Stream>
      ).filter(({ product }) => products.length === 0 || (product !== null && products.includes(product)))
      const builder = buildRecording(streams)
      const { from, leftOut, to } = soundWindow(
        database,
        window,
        streams.map(({ id }) => id)
      )
      const calls = database.prepare(
        `SELECT id, stream, started_at, duration_us, status, page, since, subject, request_bytes, response_bytes,
           limit_total, limit_remaining, retry_after, items, new_versions, process, clock_ms, failed_records, error,
           record_hashes
         FROM call WHERE started_at >= ? AND started_at < ? ORDER BY id`
      )
      // By their ids; of no call at all there are no versions.
      let [first, last] = [0, -1]
      for (const row of calls.raw().iterate(from, to) as IterableIterator<Array<Cell>>) {
        const call = callOf(row)
        if (last === -1) first = call.id
        last = call.id
        builder.call(call)
      }
      const fieldsOf = parsedOnce()
      // In the order of the primary key: to sort them all by call would take a table of their size beside them.
      const versions = database.prepare(
        `SELECT stream, call, entity, entity_id, updated_at, seen_at, created, changed FROM item_version
         WHERE call BETWEEN ? AND ? ORDER BY stream, entity, entity_id, version`
      )
      for (const row of versions.raw().iterate(first, last) as IterableIterator<Array<Cell>>) {
        builder.version({
          stream: row[0] as number,
          call: row[1] as number,
          entity: row[2] as string,
          entityId: row[3] as string,
          updatedAt: row[4] as number | null,
          seenAt: row[5] as number,
          created: row[6] === 1,
          changed: row[7] === null ? null : fieldsOf(row[7] as string)
        })
      }
      const one = (sql: string) => database.prepare(sql).pluck().get() as number
      const unended = database.prepare("SELECT pid FROM recorder WHERE ended = 0").pluck().all() as Array<number>
      return builder.done({
        recordsLost: one("SELECT coalesce(sum(lost), 0) FROM recorder"),
        recordersCutOff: unended.filter((pid) => !isRunning(pid)).length,
        leftOut,
        bodiesKept: one("SELECT EXISTS (SELECT 1 FROM body)") === 1
      })
    })
    .deferred()

/** A window that the user names on both sides is meant so. */
const soundWindow = (
  database: Database,
  window: { readonly from?: number; readonly to?: number },
  streams: ReadonlyArray<number>
): { readonly from: number; readonly to: number; readonly leftOut: ReadonlyArray<LeftOut> } => {
  const { from = 0, to = Number.MAX_SAFE_INTEGER } = window
  const asNamed = { from, to, leftOut: [] }
  if (window.from !== undefined && window.to !== undefined) return asNamed
  // Ids rise with time: most recordings are short, and are not read twice.
  const end = (order: "ASC" | "DESC") =>
    database.prepare(`SELECT started_at FROM call ORDER BY id ${order} LIMIT 1`).pluck().get() as number | undefined
  if ((end("DESC") ?? 0) - (end("ASC") ?? 0) < shortMs) return asNamed
  const days = database
    .prepare(
      `SELECT started_at / ${dayMs} AS day, count(*) AS calls FROM call
       WHERE started_at >= ? AND started_at < ? AND stream IN (SELECT value FROM json_each(?)) GROUP BY day ORDER BY day`
    )
    .all(from, to, JSON.stringify(streams)) as Array<CallsOfDay>
  const span = spanOf(days)
  return span === null ? asNamed : { from: Math.max(from, span.from), to: Math.min(to, span.to), leftOut: span.leftOut }
}

/** Too short for strays (domain/Span.ts). */
const shortMs = 30 * dayMs

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

/** The sets of changed fields are few, and each is parsed once. */
const parsedOnce = (): ((text: string) => ReadonlyArray<string>) => {
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
