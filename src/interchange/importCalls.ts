/**
 * Imports HAR and access logs: their calls go the way of recorded calls. Calls of earlier imports are known by a salted
 * hash of the call and of how often it had come before in its file. So the same file again adds nothing, a longer file
 * its new calls.
 */
import { makeCallWriter, type Observation } from "../capture/index.js"
import { type Database, RecordingStatements, saltOf } from "../store/index.js"
import { callOfLine, type LogSettings } from "./AccessLog.js"
import { entryHash } from "./EntryHash.js"
import { chunksOf, linesOf } from "./FileReading.js"
import { callOfEntry, EntryProblem } from "./Har.js"
import { HarEntrySplitter } from "./HarEntrySplitter.js"
import { type ImportResult, ImportTally } from "./ImportCounts.js"
import { type Provenance, provenanceOf, recordingName } from "./Provenance.js"
import { openedOnce, type Target } from "./Target.js"

export interface ImportSettings {
  readonly integration: string | null
  readonly hosts: ReadonlyArray<string>
  readonly keepBodies: boolean
  /** Told now and then, with the bytes read of the file. */
  readonly onProgress?: (bytes: number) => void
}

/** Calls in one transaction. */
const batchCalls = 500

type Read = (tally: ImportTally, add: (call: Observation) => void, database: () => Database) => Promise<void>

const importCalls = async (
  target: Target,
  name: string,
  file: string,
  settings: ImportSettings,
  read: Read
): Promise<ImportResult> => {
  const tally = new ImportTally()
  const database = openedOnce(target)
  const open = () => {
    const writer = makeCallWriter(
      database(),
      {
        integration: settings.integration,
        program: name,
        kind: "import",
        pid: process.pid,
        startedAt: Date.now(),
        hosts: settings.hosts,
        keepBodies: settings.keepBodies
      },
      file
    )
    return { writer, isNew: newCalls(database(), writer.recorderId, tally) }
  }
  let opened: ReturnType<typeof open> | undefined
  let batch: Array<Observation> = []
  const flush = (): void => {
    if (opened === undefined || batch.length === 0) return
    tally.wasAdded(batch.length - opened.writer.write(batch, 0, opened.isNew))
    batch = []
  }
  const add = (call: Observation): void => {
    tally.wasRead()
    opened ??= open()
    if (!opened.writer.records(call)) {
      tally.wasForOtherHost(new URL(call.url).host)
      return
    }
    batch.push(call)
    if (batch.length >= batchCalls) flush()
  }
  await read(tally, add, database)
  flush()
  opened?.writer.end()
  return tally.result()
}

/** Whether a call is new to the database; within the transaction that adds it. */
const newCalls = (database: Database, recorder: number, tally: ImportTally): ((call: Observation) => boolean) => {
  const salt = saltOf(database)
  const seenBy = RecordingStatements.findImportOfEntry(database)
  const remember = RecordingStatements.setImportOfEntry(database)
  /** How far equal calls of this file are counted, for those that come in numbers. */
  const ordinals = new Map<string, number>()
  const keyOf = (call: Observation, ordinal: number): Buffer =>
    entryHash([
      salt,
      ordinal,
      call.startedAt,
      call.durationMs,
      call.method,
      call.url,
      call.authorization,
      call.userAgent,
      call.status,
      call.error,
      call.responseBytes
    ])
  return (call) => {
    let key = keyOf(call, 0)
    let by = seenBy.get(key)
    if (by === recorder) {
      // An equal call was in this file before: this is a further call.
      const first = key.toString("base64")
      let ordinal = ordinals.get(first) ?? 1
      key = keyOf(call, ordinal)
      by = seenBy.get(key)
      while (by === recorder) {
        ordinal += 1
        key = keyOf(call, ordinal)
        by = seenBy.get(key)
      }
      if (ordinals.size >= 10_000) ordinals.delete(ordinals.keys().next().value as string)
      ordinals.set(first, ordinal + 1)
    }
    remember.run(key, recorder)
    if (by !== undefined) tally.wasKnown()
    return by === undefined
  }
}

/** Whether the call is one that this recording exported. */
const isOwn = (from: Provenance, database: Database): boolean =>
  from.recording === recordingName(database) &&
  RecordingStatements.findStreamOfCall(database).get(from.call, from.startedAt) !== undefined

export const importHar = (target: Target, file: string, settings: ImportSettings): Promise<ImportResult> =>
  importCalls(target, "har", file, settings, async (tally, add, database) => {
    const splitter = new HarEntrySplitter()
    let bytes = 0
    const damage = (number: number, offset: number, problem: string) =>
      tally.wasDamaged(`entry ${number} (byte ${offset})`, problem)
    try {
      for await (const chunk of chunksOf(file)) {
        for (const entry of splitter.split(chunk)) {
          if (entry.bytes === null) {
            damage(entry.number, entry.offset, "is larger than 128 MiB")
            continue
          }
          try {
            const text = entry.bytes.toString("utf8")
            const from = provenanceOf(text)
            if (from !== null && isOwn(from, database())) {
              tally.wasRead()
              tally.wasKnown()
              continue
            }
            const call = callOfEntry(text)
            if (call === "cached") tally.wasCached()
            else if (call === "blocked") tally.wasBlocked()
            else add(call)
          } catch (error) {
            if (!(error instanceof EntryProblem)) throw error
            damage(entry.number, entry.offset, error.message)
          }
        }
        bytes += chunk.length
        settings.onProgress?.(bytes)
      }
    } catch (error) {
      noteBrokenArchive(tally, error)
    }
    const problem = splitter.end()
    if (problem !== null) tally.wasDamaged(null, problem)
  })

export const importLog = (
  target: Target,
  file: string,
  settings: ImportSettings & LogSettings
): Promise<ImportResult> =>
  importCalls(target, "access log", file, settings, async (tally, add) => {
    let bytes = 0
    try {
      for await (const { number, text } of linesOf(file)) {
        if (text === "") continue
        const parsed = text === null ? { problem: "is longer than 64 MiB" } : callOfLine(text, settings)
        if ("problem" in parsed) tally.wasDamaged(`line ${number}`, parsed.problem)
        else if ("skipped" in parsed) tally.wasSkipped()
        else if ("withoutHost" in parsed) tally.wasWithoutHost()
        else add(parsed.call)
        bytes += (text?.length ?? 0) + 1
        if (number % 1_000 === 0) settings.onProgress?.(bytes)
      }
    } catch (error) {
      noteBrokenArchive(tally, error)
    }
  })

/** A gzip that ends early or is damaged; calls from before the damage are imported. */
export const noteBrokenArchive = (tally: ImportTally, error: unknown): void => {
  const code = String((error as { code?: unknown }).code ?? "")
  if (!/^Z_/.test(code)) throw error
  tally.wasDamaged(null, `it cannot be unpacked beyond this point (${code})`)
}
