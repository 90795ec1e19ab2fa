/**
 * The origin of an exported HAR entry: its recording and its call. A HAR has no credential and few query values, so an
 * import into the same recording could not know the call by the entry itself.
 */
import { createHash } from "node:crypto"
import { isRecord } from "../domain/Json.js"
import type { EpochMillis } from "../domain/Time.js"
import { type Database, saltOf } from "../store/index.js"
import { momentIn } from "./Har.js"

export interface Provenance {
  /** Tells recordings apart and nothing of their salt. */
  readonly recording: string
  readonly call: number
  /** A number may be another call's once its first one was forgotten. */
  readonly startedAt: EpochMillis
}

/** The name of a recording in the files that it is exported to. */
export const recordingName = (database: Database): string =>
  createHash("sha256").update("exported from\0").update(saltOf(database)).digest("hex").slice(0, 16)

/** Of an entry as it stands in a file, also where another tool laid it out anew; `null` for another program's. */
export const provenanceOf = (entry: string): Provenance | null => {
  if (!entry.includes('"_hookshift"')) return null
  let parsed: Record<string, unknown>
  try {
    parsed = JSON.parse(entry) as Record<string, unknown>
  } catch {
    return null
  }
  const from = parsed["_hookshift"]
  if (!isRecord(from)) return null
  const { call, recording } = from
  return typeof recording === "string" && typeof call === "number"
    ? { recording, call, startedAt: momentIn(parsed) }
    : null
}
