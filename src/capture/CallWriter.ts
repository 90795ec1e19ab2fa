/**
 * Turns observations into rows. Runs in the recorder's thread, and where files are imported: parsing, hashing and
 * SQLite. Plain and synchronous; a batch is one transaction (bench/: recorder).
 */
import { createHash } from "node:crypto"
import { type CallId, callIdSlots, hasCallId } from "../domain/Call.js"
import { retryAfterMillis } from "../providers/index.js"
import { type Database, noteImport, openRecorderRow, RecordingStatements, saltOf } from "../store/index.js"
import { makeCallStreams, type PlacedCall } from "./CallStreams.js"
import { type SeenItem, seenItems } from "./ItemVersions.js"
import { makeKeptBodies } from "./KeptBodies.js"
import { ListMemory } from "./ListMemory.js"
import type { Observation, ThreadData } from "./Observation.js"
import { furtherHosts, isHostCount } from "./OtherHosts.js"
import { Recent } from "./Recent.js"
import { parseJson, unpackBody } from "./ResponseBody.js"
import { makeSeenVersions } from "./SeenVersions.js"
import { bulkIds, isJob, jobOutcome, recordHashes } from "./WrittenRecords.js"

export interface CallWriter {
  /** Which recorder's row counts what is written here. */
  readonly recorderId: number
  /**
   * Writes all or nothing, and counts `lost`; throws what SQLite threw. `admit` may turn a call away, within the same
   * transaction. Gives how many were not kept: turned away, or for a host that is not recorded.
   */
  readonly write: (
    observations: ReadonlyArray<Observation>,
    lost: number,
    admit?: (seen: Observation) => boolean
  ) => number
  readonly records: (seen: Observation) => boolean
  readonly end: () => void
}

/** More than the programs' threads remember, so that what they leave out is known here. */
const knownBodies = 50_000

/** Other hosts that a database counts apart. */
const mostOtherHosts = 500
/** A name or an address, with or without a port. */
const hostName = /^[a-z0-9._\-[\]:%]{1,255}$/i

interface FoundItems {
  readonly items: ReadonlyArray<SeenItem>
  readonly count: number
  readonly remember: () => void
}

export type WriterSettings = Omit<ThreadData, "arena" | "file" | "salt" | "providers">

/** `file` is the one that an import reads. */
export const makeCallWriter = (database: Database, data: WriterSettings, file: string | null = null): CallWriter => {
  const salt = saltOf(database)
  const streams = makeCallStreams(database, data)
  const versions = makeSeenVersions(database)
  const lists = new ListMemory()
  const kept = data.keepBodies ? makeKeptBodies(database) : null
  /** How many items a body has that may be referred to. */
  const bodies = new Recent<number, number>(knownBodies)
  /** Those that the transaction under way brought. */
  const learnt: Array<number> = []

  const recorder = openRecorderRow(database, data)
  const process = data.kind === "client" ? recorder.id : null
  const noteImported = file === null ? null : noteImport(database, recorder.id, file)
  const addCall = RecordingStatements.insertCall(database)
  const noteFailed = RecordingStatements.setFailedRecords(database)
  const noteItems = RecordingStatements.setCallItems(database)

  const addOtherHost = RecordingStatements.countUnrecordedCalls(database)
  const noteOtherHost = ({ requestBytes, startedAt, url }: Observation): void =>
    void addOtherHost.run({
      host: hostName.test(url) ? url : furtherHosts,
      further: furtherHosts,
      most: mostOtherHosts,
      integration: data.integration ?? "",
      calls: requestBytes ?? 1,
      at: Math.floor(startedAt)
    })

  const slots = new Map<string, number>()
  const slotOf = (integration: string): number => {
    let slot = slots.get(integration)
    if (slot === undefined) {
      slot = (createHash("sha256").update(integration).digest()[0]! & 0x7f) * 16
      slots.set(integration, slot)
    }
    return slot
  }
  let sequence = 0

  const add = (seen: Observation): CallId | null => {
    const call = streams.place(seen)
    if (call === null) return null
    // A clock that is wrong by decades: no id holds its time.
    if (!hasCallId(seen.startedAt)) throw new RangeError("a call of no plausible time")
    const same = seen.sameBody && seen.bodyId !== null ? bodies.get(seen.bodyId) : undefined
    const items = seen.status === 304 ? 0 : (same ?? null)
    const retryAfter = retryAfterMillis(seen.retryAfter, seen.startedAt, seen.serverTime)
    const startedAt = Math.floor(seen.startedAt)
    const written = seen.method === "GET" ? null : recordHashes(writtenIds(seen, call), salt)
    const insert = (id: CallId): number =>
      addCall.run(
        id,
        call.stream,
        startedAt,
        seen.durationMs === null ? null : Math.round(seen.durationMs * 1000),
        seen.status,
        seen.error,
        call.page,
        call.since,
        call.subject,
        seen.requestBytes,
        seen.responseBytes,
        seen.limitTotal,
        seen.limitRemaining,
        retryAfter === null ? null : retryAfter / 1000,
        items,
        items === null ? null : 0,
        process,
        seen.serverTime === null ? null : seen.serverTime - startedAt,
        null,
        written
      ).changes
    let id = startedAt * callIdSlots + slotOf(call.integration) + (sequence++ % 16)
    while (insert(id) === 0) id += 1
    kept?.keep(id, seen)
    if (seen.sameBody || seen.body === null || seen.method !== "GET") return id
    if (seen.status === null || seen.status < 200 || seen.status > 299) return id
    if (!/json/i.test(seen.contentType ?? "json")) return id
    const text = unpackBody(seen.body, seen.contentEncoding)
    if (text !== null && isJob(call.template)) {
      const outcome = jobOutcome(parseJson(text))
      if (outcome !== null)
        noteFailed.run(outcome.failedCount, recordHashes([...outcome.failed, ...outcome.succeeded], salt), id)
    }
    const found = text === null ? null : itemsOf(text, call)
    if (found === null) return id
    const seenAt = Math.round(seen.startedAt + (seen.durationMs ?? 0))
    let fresh = 0
    for (const item of found.items) if (versions.note(call.stream, id, seenAt, item)) fresh += 1
    found.remember()
    if (seen.bodyId !== null) {
      bodies.set(seen.bodyId, found.count)
      learnt.push(seen.bodyId)
    }
    noteItems.run(found.count, fresh, id)
    return id
  }

  /** The record in a write's path, and those in a bulk request's body where it is known. */
  const writtenIds = ({ requestBody }: Observation, { subject, template }: PlacedCall): ReadonlyArray<string> => [
    ...(subject === null ? [] : [subject]),
    ...(requestBody === null ? [] : bulkIds(template, parseJson(requestBody)))
  ]

  /** The body's items but for those that the stream's last body had just so; `count` counts all. `null`: no JSON. */
  const itemsOf = (text: Buffer, call: PlacedCall): FoundItems | null => {
    const key = `${call.stream} ${call.page} ${call.subject}`
    const read = (body: unknown) => seenItems(body, call.provider, call.endpoint, call.template)
    const part = lists.changed(key, text)
    if (part !== null) {
      const items = read(part.items)
      if (items.length === part.items.length)
        return { items, count: part.unchanged + items.length, remember: part.remember }
    }
    const body = parseJson(text)
    if (body === undefined) return null
    const items = read(body)
    return {
      items,
      count: items.length,
      remember: () => lists.learn(key, text, call.endpoint?.itemsAt, items.length)
    }
  }

  /** One record that no row can hold must not hold up the others: it is lost. */
  const addOrLose = (seen: Observation): "kept" | "otherHost" | "lost" => {
    try {
      const id = add(seen)
      if (id === null) return "otherHost"
      noteImported?.(id)
      return "kept"
    } catch (error) {
      const code = String((error as { code?: unknown }).code ?? "")
      if (code.startsWith("SQLITE_") && !/^SQLITE_(?:CONSTRAINT|MISMATCH|TOOBIG)/.test(code)) throw error
      return "lost"
    }
  }

  const write: CallWriter["write"] = (observations, lost, admit) => {
    learnt.length = 0
    try {
      return database
        .transaction(() => {
          let kept = 0
          let counts = 0
          let unheld = 0
          let last = 0
          for (const observation of observations) {
            // A file's calls may be anything, also nameless.
            if (data.kind !== "import" && isHostCount(observation)) {
              counts += 1
              noteOtherHost(observation)
              continue
            }
            const outcome = admit?.(observation) === false ? "turnedAway" : addOrLose(observation)
            if (outcome === "kept") kept += 1
            else if (outcome === "lost") unheld += 1
            last = Math.max(last, Math.round(observation.startedAt))
          }
          recorder.count(kept, lost + unheld, last)
          return observations.length - counts - kept
        })
        .immediate()
    } catch (error) {
      // What the caches learnt in a transaction that was rolled back is not so.
      streams.forget()
      versions.forget()
      for (const id of learnt) bodies.delete(id)
      lists.clear()
      throw error
    }
  }

  return {
    recorderId: recorder.id,
    write,
    records: (seen) => streams.place(seen) !== null,
    end: recorder.end
  }
}
