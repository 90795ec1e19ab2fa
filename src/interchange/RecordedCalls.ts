/** Recorded calls, one after the other in the order of time, with the item versions that each was the first to see. */
import type { Database } from "../store/index.js"

export interface RecordedVersion {
  readonly entity: string
  readonly entityId: string
  readonly version: string
  readonly call: number
  readonly updatedAt: number | null
  readonly seenAt: number
  readonly created: number
  readonly changed: string | null
}

export interface RecordedCall {
  readonly id: number
  readonly startedAt: number
  readonly durationUs: number | null
  readonly integration: string
  readonly principal: string
  readonly product: string
  readonly account: string
  readonly method: string
  readonly template: string
  readonly query: string
  readonly page: number | null
  readonly since: number | null
  readonly subject: string | null
  readonly status: number | null
  readonly error: string | null
  readonly requestBytes: number | null
  readonly responseBytes: number | null
  readonly limitTotal: number | null
  readonly limitRemaining: number | null
  readonly retryAfter: number | null
  readonly process: number | null
  readonly clockMs: number | null
  readonly failedRecords: number | null
  readonly recordHashes: string | null
  readonly items: number | null
  readonly newVersions: number | null
  readonly requestBody: string | null
  readonly responseBody: string | null
}

export interface ExportWindow {
  readonly from: number
  readonly to: number
}

export const eachRecordedCall = function* (
  database: Database,
  { from, to }: ExportWindow
): Generator<readonly [RecordedCall, ReadonlyArray<RecordedVersion>]> {
  const calls = database
    .prepare(
      `SELECT call.id, started_at AS startedAt, duration_us AS durationUs, integration, principal, product, account, method,
         template, query, page, since, subject, status, error, request_bytes AS requestBytes,
         response_bytes AS responseBytes, limit_total AS limitTotal, limit_remaining AS limitRemaining,
         retry_after AS retryAfter, call.process, clock_ms AS clockMs, failed_records AS failedRecords,
         record_hashes AS recordHashes, items, new_versions AS newVersions,
         requested.content AS requestBody, responded.content AS responseBody
       FROM call JOIN stream ON stream.id = call.stream LEFT JOIN call_body ON call_body.call = call.id
         LEFT JOIN body AS requested ON requested.id = call_body.request
         LEFT JOIN body AS responded ON responded.id = call_body.response
       WHERE started_at >= ? AND started_at < ? ORDER BY call.id`
    )
    .iterate(from, to) as IterableIterator<RecordedCall>
  // The versions in the order of their calls: the two lists are read side by side, and neither is held.
  const versions = database
    .prepare(
      `SELECT entity, entity_id AS entityId, version, call, updated_at AS updatedAt, seen_at AS seenAt, created, changed
       FROM item_version ORDER BY call, entity, entity_id`
    )
    .iterate() as IterableIterator<RecordedVersion>
  let next = versions.next()
  try {
    for (const call of calls) {
      const own: Array<RecordedVersion> = []
      while (next.done !== true && next.value.call <= call.id) {
        if (next.value.call === call.id) own.push(next.value)
        next = versions.next()
      }
      yield [call, own]
    }
  } finally {
    versions.return?.()
  }
}
