/** What an import remembers of a call that it brought: 128 bits of a salted hash, from which nothing of the call can be read. */
import { createHash } from "node:crypto"

/** `words` begin with the recording's salt. */
export const entryHash = (words: ReadonlyArray<string | number | null>): Buffer =>
  createHash("sha256").update(JSON.stringify(words)).digest().subarray(0, 16)
