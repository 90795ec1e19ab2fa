/** A call's mark in the list of imported calls: 128 bits of a salted hash, from which the call cannot be read. */
import { createHash } from "node:crypto"

/** `words` begin with the recording's salt. */
export const entryHash = (words: ReadonlyArray<string | number | null>): Buffer =>
  createHash("sha256").update(JSON.stringify(words)).digest().subarray(0, 16)
