/**
 * The statements that write a recording, by name: the recorder and the importers prepare these, and have no SQL of
 * their own. A connection keeps one statement for a text (Database.ts), and `pluck` stays set on it: with two owners of
 * one text, either would change the other's results. Parameters are positional: the driver looks names up at every run.
 */
import type { Statement } from "better-sqlite3"
import type { CallId } from "../../domain/Call.js"
import type { EpochMillis } from "../../domain/Time.js"
import type { Database } from "../Database.js"

/** The recorder's row of a process that goes on after its database was opened again. */
export const findOpenRecorder = (
  database: Database
): Statement<[pid: number, startedAt: EpochMillis, integration: string, program: string, kind: string], number> =>
  database
    .prepare<[number, number, string, string, string], number>(
      "SELECT id FROM recorder WHERE pid = ? AND started_at = ? AND integration = ? AND program = ? AND kind = ? AND ended = 0"
    )
    .pluck()

export const insertRecorder = (
  database: Database
): Statement<
  [
    integration: string,
    program: string,
    pid: number,
    startedAt: EpochMillis,
    lastSeenAt: EpochMillis,
    kind: string,
    keepsBodies: 0 | 1
  ],
  number
> =>
  database
    .prepare<[string, string, number, number, number, string, 0 | 1], number>(
      `INSERT INTO recorder (integration, program, pid, started_at, last_seen_at, kind, keeps_bodies)
       VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id`
    )
    .pluck()

/** Adds to a recorder's counts of calls written and lost. */
export const countRecords = (
  database: Database
): Statement<[calls: number, lost: number, lastSeenAt: EpochMillis, recorder: number]> =>
  database.prepare(
    "UPDATE recorder SET calls = calls + ?, lost = lost + ?, last_seen_at = max(last_seen_at, ?) WHERE id = ?"
  )

export const endRecorder = (database: Database): Statement<[recorder: number]> =>
  database.prepare("UPDATE recorder SET ended = 1 WHERE id = ?")

/** Gives the number of a stream; adds a stream that is new. */
export const findOrInsertStream = (
  database: Database
): Statement<
  [
    integration: string,
    principal: string,
    product: string,
    account: string,
    method: string,
    template: string,
    query: string
  ],
  number
> =>
  database
    .prepare<[string, string, string, string, string, string, string], number>(
      `INSERT INTO stream (integration, principal, product, account, method, template, query) VALUES (?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET integration = excluded.integration RETURNING id`
    )
    .pluck()

type Whole = number | null

/** A call's columns behind its id and stream. */
export type CallValues = [
  startedAt: EpochMillis,
  durationUs: Whole,
  status: Whole,
  error: string | null,
  page: Whole,
  since: EpochMillis | null,
  subject: string | null,
  requestBytes: Whole,
  responseBytes: Whole,
  limitTotal: Whole,
  limitRemaining: Whole,
  retryAfterSeconds: number | null,
  items: Whole,
  newVersions: Whole,
  process: Whole,
  clockMs: number | null,
  failedRecords: Whole,
  recordHashes: string | null
]

/** Changes nothing where the id is taken. */
export const insertCall = (database: Database): Statement<[id: CallId, stream: number, ...CallValues]> =>
  database.prepare(
    `INSERT INTO call (id, stream, started_at, duration_us, status, error, page, since, subject, request_bytes,
       response_bytes, limit_total, limit_remaining, retry_after, items, new_versions,
       process, clock_ms, failed_records, record_hashes)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`
  )

export const setCallItems = (database: Database): Statement<[items: number, newVersions: number, call: CallId]> =>
  database.prepare("UPDATE call SET items = ?, new_versions = ? WHERE id = ?")

/** Sets the outcome of a bulk job. */
export const setFailedRecords = (
  database: Database
): Statement<[failedRecords: number, recordHashes: string | null, call: CallId]> =>
  database.prepare("UPDATE call SET failed_records = ?, record_hashes = ? WHERE id = ?")

/** A forgotten call's number may be another call's now: the moment tells them apart. */
export const findStreamOfCall = (database: Database): Statement<[call: CallId, startedAt: EpochMillis], number> =>
  database.prepare<[number, number], number>("SELECT stream FROM call WHERE id = ? AND started_at = ?").pluck()

/** A version's columns behind its stream. */
export type VersionValues = [
  entity: string,
  entityId: string,
  version: string,
  call: CallId,
  updatedAt: EpochMillis | null,
  seenAt: EpochMillis,
  created: 0 | 1,
  changed: string | null
]

/** Changes nothing where the stream has seen the version. */
export const insertItemVersion = (database: Database): Statement<[stream: number, ...VersionValues]> =>
  database.prepare(
    `INSERT INTO item_version (stream, entity, entity_id, version, call, updated_at, seen_at, created, changed)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`
  )

/** The version that a stream saw last of an entity, with the hashes of its fields. */
export interface ItemState {
  readonly version: string
  readonly fields: string
}

export const findItemState = (
  database: Database
): Statement<[stream: number, entity: string, entityId: string], ItemState> =>
  database.prepare("SELECT version, fields FROM item_state WHERE stream = ? AND entity = ? AND entity_id = ?")

export const setItemState = (
  database: Database
): Statement<[stream: number, entity: string, entityId: string, version: string, fields: string]> =>
  database.prepare(
    `INSERT INTO item_state (stream, entity, entity_id, version, fields) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET version = excluded.version, fields = excluded.fields`
  )

/** Gives the number of a text; adds a text that is new. */
export const findOrInsertBody = (database: Database): Statement<[hash: Buffer, content: string], number> =>
  database
    .prepare<[Buffer, string], number>(
      "INSERT INTO body (hash, content) VALUES (?, ?) ON CONFLICT DO UPDATE SET content = excluded.content RETURNING id"
    )
    .pluck()

export const insertCallBody = (
  database: Database
): Statement<[call: CallId, request: number | null, response: number | null]> =>
  database.prepare("INSERT INTO call_body (call, request, response) VALUES (?, ?, ?) ON CONFLICT DO NOTHING")

export interface UnrecordedCalls {
  readonly host: string
  /** Name under which calls to a new host are counted once the database has `most` hosts. */
  readonly further: string
  readonly most: number
  readonly integration: string
  readonly calls: number
  readonly at: EpochMillis
}

/** Adds to the calls to a host that is not recorded. */
export const countUnrecordedCalls = (database: Database): Statement<[UnrecordedCalls]> =>
  database.prepare(
    `INSERT INTO other_host (host, integration, calls, last_seen_at)
     SELECT CASE WHEN EXISTS (SELECT 1 FROM other_host WHERE host = @host) OR (SELECT count(*) FROM other_host) < @most
       THEN @host ELSE @further END, @integration, @calls, @at
     WHERE true
     ON CONFLICT DO UPDATE SET calls = calls + excluded.calls, last_seen_at = max(last_seen_at, excluded.last_seen_at)`
  )

/** The import that saw an entry last. */
export const findImportOfEntry = (database: Database): Statement<[entry: Buffer], number> =>
  database.prepare<[Buffer], number>("SELECT recorder FROM imported WHERE entry = ?").pluck()

export const setImportOfEntry = (database: Database): Statement<[entry: Buffer, recorder: number]> =>
  database.prepare(
    "INSERT INTO imported (entry, recorder) VALUES (?, ?) ON CONFLICT DO UPDATE SET recorder = excluded.recorder"
  )

export const setImportFile = (database: Database): Statement<[recorder: number, path: string]> =>
  database.prepare(
    "INSERT INTO import_file (recorder, path) VALUES (?, ?) ON CONFLICT DO UPDATE SET path = excluded.path"
  )

export const insertImportedCall = (database: Database): Statement<[call: CallId, recorder: number]> =>
  database.prepare("INSERT INTO imported_call (call, recorder) VALUES (?, ?) ON CONFLICT DO NOTHING")
