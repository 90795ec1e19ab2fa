/** Decompresses and parses recorded response bodies. */
import { contentCodings, unpack } from "../../domain/ContentCoding.js"
import { parseExactJson } from "../../domain/ExactJson.js"
import { textOf } from "../../domain/Text.js"

/** Enough for a page of the largest entities; a body that unpacks to more is ignored. */
const largestBytes = 64 * 1024 * 1024

/** `undefined` when the text is not JSON: the call is kept, and its items are unknown. */
export const parseJson = (text: Buffer): unknown => {
  try {
    return parseExactJson(textOf(text))
  } catch {
    return undefined
  }
}

/** The decompressed body; `null` when it cannot be unpacked. */
export const unpackBody = (raw: Buffer, encoding: string | null): Buffer | null => {
  const codings = contentCodings(encoding)
  // Some servers send names that are not codings (`utf-8`); a body that is packed all the same then fails to parse.
  const bytes = unpack(raw, codings ?? [], largestBytes)
  return typeof bytes === "string" ? null : bytes
}
