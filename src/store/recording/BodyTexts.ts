/**
 * Kept bodies (`--keep-bodies`): each text is stored once, by its hash. Callers redact first (`redactBody` of capture).
 */
import { createHash } from "node:crypto"
import type { Database } from "../Database.js"
import { findOrInsertBody } from "./RecordingStatements.js"

/** The number of a redacted text; adds the text where it is new. */
export const bodyTexts = (database: Database): ((redacted: string) => number) => {
  const statement = findOrInsertBody(database)
  return (redacted) => statement.get(createHash("sha256").update(redacted).digest().subarray(0, 16), redacted)!
}
