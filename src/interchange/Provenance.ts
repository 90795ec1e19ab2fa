/**
 * Where an exported HAR entry comes from: which recording, which call. A HAR has no credential and few query values, so an
 * import could not tell by the entry that it is here already.
 */
import { createHash } from "node:crypto"
import { type Database, saltOf } from "../store/index.js"

export interface Provenance {
  /** Tells recordings apart and nothing of their salt. */
  readonly recording: string
  readonly call: number
}

/** The name of a recording in the files that it is exported to. */
export const recordingName = (database: Database): string =>
  createHash("sha256").update("exported from\0").update(saltOf(database)).digest("hex").slice(0, 16)

const written = /"_hookshift":\{"recording":"([0-9a-f]{16})","call":(\d{1,16})\}/

/** Of an entry as it stands in a file; `null` for another program's. */
export const provenanceOf = (entry: string): Provenance | null => {
  const match = written.exec(entry)
  return match === null ? null : { recording: match[1]!, call: Number(match[2]) }
}
