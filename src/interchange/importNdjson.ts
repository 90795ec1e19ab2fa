/** Imports hookshift's own NDJSON. A call that is here already, by its id and stream or by an earlier import, is not added. */
import { createHash } from "node:crypto"
import { redactBody } from "../capture/index.js"
import { callIdSlots } from "../domain/Call.js"
import { type Database, explain, noteImport, saltOf } from "../store/index.js"
import { linesOf } from "./FileReading.js"
import { type ImportResult, ImportTally } from "./ImportCounts.js"
import { noteBrokenArchive } from "./importCalls.js"
import { type CallLine, parseCallLine, problemOfHead } from "./Ndjson.js"

const batchLines = 500

const millis = (time: string | null): number | null => (time === null ? null : Date.parse(time))

export const importNdjson = async (
  database: Database,
  file: string,
  onProgress: (bytes: number) => void = () => undefined
): Promise<ImportResult> => {
  const tally = new ImportTally()
  const add = makeLineWriter(database, file, tally)
  let batch: Array<CallLine> = []
  const flush = (): void => {
    if (batch.length === 0) return
    try {
      database.transaction(() => batch.forEach(add.line)).immediate()
    } catch (error) {
      throw explain(error, "the database")
    }
    batch = []
  }
  let bytes = 0
  try {
    for await (const { number, text } of linesOf(file)) {
      bytes += (text?.length ?? 0) + 1
      if (number === 1) {
        const problem = text === null ? "its first line is no line of hookshift's" : problemOfHead(text)
        if (problem !== null) {
          tally.wasDamaged(null, problem)
          return tally.result()
        }
        continue
      }
      if (text === "") continue
      const parsed = text === null ? { problem: "is longer than 64 MiB" } : parseCallLine(text)
      if ("problem" in parsed) tally.wasDamaged(`line ${number}`, parsed.problem)
      else {
        tally.wasRead()
        batch.push(parsed.call)
        if (batch.length >= batchLines) flush()
      }
      if (number % 1_000 === 0) onProgress(bytes)
    }
  } catch (error) {
    noteBrokenArchive(tally, error)
  }
  flush()
  add.end()
  return tally.result()
}

const makeLineWriter = (
  database: Database,
  file: string,
  tally: ImportTally
): { readonly line: (call: CallLine) => void; readonly end: () => void } => {
  const salt = saltOf(database)
  const now = Date.now()
  const recorder = database
    .prepare(
      `INSERT INTO recorder (integration, program, pid, started_at, last_seen_at, kind) VALUES ('', 'ndjson', ?, ?, ?, 'import') RETURNING id`
    )
    .pluck()
    .get(process.pid, now, now) as number
  const noteCall = noteImport(database, recorder, file)
  const addStream = database
    .prepare(
      `INSERT INTO stream (integration, principal, product, account, method, template, query) VALUES (?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET integration = excluded.integration RETURNING id`
    )
    .pluck()
  const streamOfCall = database.prepare("SELECT stream FROM call WHERE id = ? AND started_at = ?").pluck()
  const seenBefore = database.prepare("SELECT 1 FROM imported WHERE entry = ?").pluck()
  const remember = database.prepare("INSERT INTO imported (entry, recorder) VALUES (?, ?)")
  const addCall = database.prepare(
    `INSERT INTO call (id, stream, started_at, duration_us, status, error, page, since, subject, request_bytes,
       response_bytes, limit_total, limit_remaining, retry_after, items, new_versions,
       process, clock_ms, failed_records, record_hashes)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`
  )
  const addVersion = database.prepare(
    `INSERT INTO item_version (stream, entity, entity_id, version, call, updated_at, seen_at, created, changed)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`
  )
  const addBody = database
    .prepare(
      "INSERT INTO body (hash, content) VALUES (?, ?) ON CONFLICT DO UPDATE SET content = excluded.content RETURNING id"
    )
    .pluck()
  const addCallBody = database.prepare("INSERT INTO call_body (call, request, response) VALUES (?, ?, ?)")
  const noteProgress = database.prepare("UPDATE recorder SET calls = calls + 1 WHERE id = ?")
  const streams = new Map<string, number>()

  const streamOf = (call: CallLine): number => {
    const parts = [
      call.integration,
      call.principal ?? "",
      call.product ?? "",
      call.account,
      call.method,
      call.endpoint,
      call.query
    ]
    const key = parts.join("\0")
    const known = streams.get(key)
    if (known !== undefined) return known
    const id = addStream.get(...parts) as number
    streams.set(key, id)
    return id
  }
  /** A file may come from anywhere: its bodies are redacted as recorded ones are, and stay as they are if they were. */
  const bodyId = (text: string | null | undefined): number | null => {
    const kept = text === null || text === undefined ? null : redactBody(text)
    return kept === null
      ? null
      : (addBody.get(createHash("sha256").update(kept).digest().subarray(0, 16), kept) as number)
  }

  const line = (call: CallLine): void => {
    const stream = streamOf(call)
    const entry = createHash("sha256")
      .update(
        JSON.stringify([
          salt,
          "ndjson",
          call.id,
          call.integration,
          call.account,
          call.method,
          call.endpoint,
          call.query,
          call.principal
        ])
      )
      .digest()
      .subarray(0, 16)
    // In the database that it was exported from, the call itself is here.
    if (streamOfCall.get(call.id, Date.parse(call.startedAt)) === stream || seenBefore.get(entry) !== undefined) {
      tally.wasKnown()
      return
    }
    // Calls are read in the order of their ids, which follow their time (domain/Call.ts).
    const startedAt = Date.parse(call.startedAt)
    let id = startedAt * callIdSlots + (call.id % callIdSlots)
    const insert = () =>
      addCall.run(
        id,
        stream,
        Date.parse(call.startedAt),
        call.durationSeconds === null ? null : Math.round(call.durationSeconds * 1e6),
        call.status,
        call.error,
        call.page,
        millis(call.since),
        call.subject,
        call.requestBytes,
        call.responseBytes,
        call.rateLimit.total,
        call.rateLimit.remaining,
        call.retryAfterSeconds,
        call.items,
        call.newVersions,
        // Below zero, so that it is no recorder's of this database.
        call.process == null ? null : -(recorder * 65_536 + (call.process % 65_536)),
        call.serverTime == null ? null : Date.parse(call.serverTime) - Date.parse(call.startedAt),
        call.failedRecords ?? null,
        call.recordHashes == null || call.recordHashes.length === 0 ? null : call.recordHashes.join(" ")
      ).changes
    while (insert() === 0) id += 1
    remember.run(entry, recorder)
    noteCall(id)
    for (const version of call.versions) {
      addVersion.run(
        stream,
        version.entity,
        version.id,
        version.version,
        id,
        millis(version.updatedAt),
        Date.parse(version.seenAt),
        version.created ? 1 : 0,
        version.changed === null ? null : JSON.stringify(version.changed)
      )
    }
    const [request, response] = [bodyId(call.requestBody), bodyId(call.responseBody)]
    if (request !== null || response !== null) addCallBody.run(id, request, response)
    noteProgress.run(recorder)
    tally.wasAdded(1)
  }
  return { line, end: () => void database.prepare("UPDATE recorder SET ended = 1 WHERE id = ?").run(recorder) }
}
