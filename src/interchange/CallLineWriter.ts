/** Writes calls of hookshift's own NDJSON as rows; a batch is one transaction. Plain and synchronous. */
import { redactBody } from "../capture/index.js"
import { type CallId, callIdSlots } from "../domain/Call.js"
import type { EpochMillis } from "../domain/Time.js"
import {
  bodyTexts,
  type Database,
  explain,
  makeStreamIds,
  noteImport,
  openRecorderRow,
  RecordingStatements,
  saltOf
} from "../store/index.js"
import { entryHash } from "./EntryHash.js"
import type { CallLine, VersionLine } from "./Ndjson.js"

export interface CallLineWriter {
  /** Writes all or nothing; gives how many were new. Throws a `StoreError`. */
  readonly write: (calls: ReadonlyArray<CallLine>) => number
  readonly end: () => void
}

export const makeCallLineWriter = (database: Database, file: string): CallLineWriter => {
  const salt = saltOf(database)
  const recorder = openRecorderRow(database, {
    integration: null,
    program: "ndjson",
    kind: "import",
    pid: process.pid,
    startedAt: Date.now(),
    keepBodies: false
  })
  const noteCall = noteImport(database, recorder.id, file)
  const streams = makeStreamIds(database)
  const streamOfCall = RecordingStatements.findStreamOfCall(database)
  const importOfEntry = RecordingStatements.findImportOfEntry(database)
  const remember = RecordingStatements.setImportOfEntry(database)
  const addCall = RecordingStatements.insertCall(database)
  const addVersion = RecordingStatements.insertItemVersion(database)
  const addBody = bodyTexts(database)
  const addCallBody = RecordingStatements.insertCallBody(database)

  /** A file may come from anywhere: its bodies are redacted as recorded ones are, and stay as they are if they were. */
  const bodyId = (text: string | null | undefined): number | null => {
    const redacted = text === null || text === undefined ? null : redactBody(text)
    return redacted === null ? null : addBody(redacted)
  }

  const streamOf = (call: CallLine): number =>
    streams.idOf({
      integration: call.integration,
      principal: call.principal ?? "",
      product: call.product ?? "",
      account: call.account,
      method: call.method,
      template: call.endpoint,
      query: call.query
    })

  const addLine = (call: CallLine): boolean => {
    const stream = streamOf(call)
    const startedAt = Date.parse(call.startedAt)
    const entry = entryHash([
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
    // In the database that it was exported from, the call itself is here.
    if (streamOfCall.get(call.id, startedAt) === stream || importOfEntry.get(entry) !== undefined) return false
    // Calls are read in the order of their ids, which follow their time (domain/Call.ts).
    let id: CallId = startedAt * callIdSlots + (call.id % callIdSlots)
    const values = callValues(call, startedAt, recorder.id)
    while (addCall.run(id, stream, ...values).changes === 0) id += 1
    remember.run(entry, recorder.id)
    noteCall(id)
    for (const version of call.versions) addVersion.run(stream, ...versionValues(version, id))
    const [request, response] = [bodyId(call.requestBody), bodyId(call.responseBody)]
    if (request !== null || response !== null) addCallBody.run(id, request, response)
    return true
  }

  return {
    write: (calls) => {
      try {
        return database
          .transaction(() => {
            let added = 0
            for (const call of calls) if (addLine(call)) added += 1
            recorder.count(added, 0, 0)
            return added
          })
          .immediate()
      } catch (error) {
        streams.forget()
        throw explain(error, "the database")
      }
    },
    end: recorder.end
  }
}

const millis = (time: string | null): EpochMillis | null => (time === null ? null : Date.parse(time))

const callValues = (call: CallLine, startedAt: EpochMillis, recorder: number): RecordingStatements.CallValues => [
  startedAt,
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
  call.serverTime == null ? null : Date.parse(call.serverTime) - startedAt,
  call.failedRecords ?? null,
  call.recordHashes == null || call.recordHashes.length === 0 ? null : call.recordHashes.join(" ")
]

const versionValues = (version: VersionLine, call: CallId): RecordingStatements.VersionValues => [
  version.entity,
  version.id,
  version.version,
  call,
  millis(version.updatedAt),
  Date.parse(version.seenAt),
  version.created ? 1 : 0,
  version.changed === null ? null : JSON.stringify(version.changed)
]
