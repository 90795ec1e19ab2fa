/**
 * Turns observations into rows: parsing, hashing and SQLite. Runs in the recorder's thread, and wherever files are
 * imported. Plain and synchronous; a batch is one transaction (bench/: recorder).
 */
import type { CallId } from "../../domain/Call.js"
import { type Database, noteImport, openRecorderRow, saltOf } from "../../store/index.js"
import type { Observation } from "../Observation.js"
import { isHostCount } from "../spool/HostCount.js"
import type { WriterSettings } from "../spool/ThreadData.js"
import { BodyItems } from "./BodyItems.js"
import { makeCallRows } from "./CallRows.js"
import { makeCallStreams, type PlacedCall } from "./CallStreams.js"
import { makeHostCountRows } from "./HostCountRows.js"
import { makeItemVersions } from "./ItemVersions.js"
import { makeKeptBodies } from "./KeptBodies.js"
import { parseJson, unpackBody } from "./ResponseBody.js"
import { bulkIds, isJob, jobOutcome, recordHashes } from "./WrittenRecords.js"

export interface CallWriter {
  /** The row of `recorder` that counts these calls. */
  readonly recorderId: number
  /**
   * Writes all or nothing, and counts `lost`; throws SQLite's error. `admit` may reject a call, within the same
   * transaction. Returns the number of calls that were not kept: rejected, lost, or for a host that is not recorded.
   */
  readonly write: (
    observations: ReadonlyArray<Observation>,
    lost: number,
    admit?: (seen: Observation) => boolean
  ) => number
  readonly records: (seen: Observation) => boolean
  readonly end: () => void
}

/** `importedFile` is the file that an import reads. */
export const makeCallWriter = (
  database: Database,
  settings: WriterSettings,
  importedFile: string | null = null
): CallWriter => {
  const streams = makeCallStreams(database, settings)
  const row = openRecorderRow(database, settings)
  const adder = makeCallAdder(database, settings, streams.place, row.id)
  const countHost = makeHostCountRows(database, settings.integration ?? "")
  const noteImported = importedFile === null ? null : noteImport(database, row.id, importedFile)
  // An imported call may be anything, even one without a method.
  const isCount = settings.kind === "import" ? () => false : isHostCount

  /** A record that no row can hold is lost alone: the others of its batch are kept. */
  const addOrLose = (seen: Observation): "kept" | "otherHost" | "lost" => {
    try {
      const id = adder.add(seen)
      if (id === null) return "otherHost"
      noteImported?.(id)
      return "kept"
    } catch (error) {
      const code = String((error as { code?: unknown }).code ?? "")
      if (code.startsWith("SQLITE_") && !/^SQLITE_(?:CONSTRAINT|MISMATCH|TOOBIG)/.test(code)) throw error
      return "lost"
    }
  }

  const writeBatch = (
    observations: ReadonlyArray<Observation>,
    lost: number,
    admit: ((seen: Observation) => boolean) | undefined
  ): number => {
    let kept = 0
    let counts = 0
    let unholdable = 0
    let last = 0
    for (const observation of observations) {
      if (isCount(observation)) {
        counts += 1
        countHost(observation)
        continue
      }
      const outcome = admit?.(observation) === false ? "rejected" : addOrLose(observation)
      if (outcome === "kept") kept += 1
      else if (outcome === "lost") unholdable += 1
      last = Math.max(last, Math.round(observation.startedAt))
    }
    row.count(kept, lost + unholdable, last)
    return observations.length - counts - kept
  }

  return {
    recorderId: row.id,
    write: (observations, lost, admit) => {
      adder.begin()
      try {
        return database.transaction(() => writeBatch(observations, lost, admit)).immediate()
      } catch (error) {
        // The caches must not know rows that were rolled back.
        streams.forget()
        adder.rollback()
        throw error
      }
    },
    records: (seen) => streams.place(seen) !== null,
    end: () => row.end()
  }
}

/** Adds single calls within a transaction of the writer's. */
interface CallAdder {
  readonly begin: () => void
  /** `null` when the host is not recorded. */
  readonly add: (seen: Observation) => CallId | null
  readonly rollback: () => void
}

const makeCallAdder = (
  database: Database,
  settings: WriterSettings,
  place: (seen: Observation) => PlacedCall | null,
  recorderId: number
): CallAdder => {
  const salt = saltOf(database)
  const calls = makeCallRows(database, settings.kind === "client" || settings.kind === "through" ? recorderId : null)
  const versions = makeItemVersions(database)
  const bodies = settings.keepBodies ? makeKeptBodies(database) : null
  const bodyItems = new BodyItems()

  /** The record in a write's path, and those in a bulk request's body where the body is kept. */
  const writtenIds = ({ requestBody }: Observation, { subject, template }: PlacedCall): ReadonlyArray<string> => [
    ...(subject === null ? [] : [subject]),
    ...(requestBody === null ? [] : bulkIds(template, parseJson(requestBody)))
  ]

  const noteResponse = (id: CallId, seen: Observation, call: PlacedCall): void => {
    if (!hasNewItems(seen)) return
    const text = unpackBody(seen.body, seen.contentEncoding)
    if (text === null) return
    if (isJob(call.template)) {
      const outcome = jobOutcome(parseJson(text))
      if (outcome !== null)
        calls.noteFailedRecords(id, outcome.failedCount, recordHashes([...outcome.failed, ...outcome.succeeded], salt))
    }
    const found = bodyItems.read(text, call)
    if (found === null) return
    const seenAt = Math.round(seen.startedAt + (seen.durationMs ?? 0))
    let fresh = 0
    for (const item of found.items) if (versions.note(call.stream, id, seenAt, item)) fresh += 1
    found.remember()
    if (seen.bodyId !== null) bodyItems.noteCount(seen.bodyId, found.count)
    calls.noteItems(id, found.count, fresh)
  }

  return {
    begin: () => bodyItems.begin(),
    add: (seen) => {
      const call = place(seen)
      if (call === null) return null
      const repeated = seen.sameBody ? bodyItems.countOf(seen.bodyId) : undefined
      const items = seen.status === 304 ? 0 : (repeated ?? null)
      const written = seen.method === "GET" ? null : recordHashes(writtenIds(seen, call), salt)
      const id = calls.insert(seen, call, items, written)
      bodies?.keep(id, seen)
      noteResponse(id, seen, call)
      return id
    },
    rollback: () => {
      versions.forget()
      bodyItems.rollback()
    }
  }
}

/** Whether a call brought a body that may list items: the answer to a read, as JSON, that did not come before. */
const hasNewItems = (seen: Observation): seen is Observation & { readonly body: Buffer } =>
  !seen.sameBody &&
  seen.body !== null &&
  seen.method === "GET" &&
  seen.status !== null &&
  seen.status >= 200 &&
  seen.status <= 299 &&
  /json/i.test(seen.contentType ?? "json")
