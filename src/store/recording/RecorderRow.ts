/** The row of one recorder (a process, a proxy, an import): its identity and its counts. Plain and synchronous. */
import { resolve } from "node:path"
import type { CallId } from "../../domain/Call.js"
import type { EpochMillis } from "../../domain/Time.js"
import type { Database } from "../Database.js"
import {
  countRecords,
  endRecorder,
  findOpenRecorder,
  insertImportedCall,
  insertRecorder,
  setImportFile
} from "./RecordingStatements.js"

export interface RecorderIdentity {
  /** `null` where each call's User-Agent names its program. */
  readonly integration: string | null
  readonly program: string
  readonly kind: string
  readonly pid: number
  readonly startedAt: EpochMillis
  readonly keepBodies: boolean
}

export interface RecorderRow {
  readonly id: number
  /** Adds to its counts of calls written and lost; within the transaction that writes the calls. */
  readonly count: (calls: number, lost: number, lastSeenAt: EpochMillis) => void
  readonly end: () => void
}

/** Finds or makes the row: a process that opens the file again, after a lock or a full disk, keeps its row. */
export const openRecorderRow = (database: Database, recorder: RecorderIdentity): RecorderRow => {
  const { keepBodies, kind, pid, program, startedAt } = recorder
  const integration = recorder.integration ?? ""
  const id =
    findOpenRecorder(database).get(pid, startedAt, integration, program, kind) ??
    insertRecorder(database).get(integration, program, pid, startedAt, startedAt, kind, keepBodies ? 1 : 0)!
  const counting = countRecords(database)
  return {
    id,
    count: (calls, lost, lastSeenAt) => void counting.run(calls, lost, lastSeenAt, id),
    end: () => void endRecorder(database).run(id)
  }
}

/** Notes the file that an import reads; the returned function notes each call that the import brings. */
export const noteImport = (database: Database, recorder: number, file: string): ((call: CallId) => void) => {
  setImportFile(database).run(recorder, resolve(file))
  const insert = insertImportedCall(database)
  return (call) => void insert.run(call, recorder)
}
