/** A response body as recorded, made readable: decompressed, and parsed where it is JSON. */
import { contentCodings, unpack } from "../../domain/ContentCoding.js"
import { parseExactJson } from "../../domain/ExactJson.js"
import { textOf } from "../../domain/Text.js"

/** Enough for a page of the largest entities; what unpacks to more is not looked at. */
const largestBytes = 64 * 1024 * 1024

/** `undefined` when it is no JSON after all: the call is kept, its items are unknown. */
export const parseJson = (text: Buffer): unknown => {
  try {
    return parseExactJson(textOf(text))
  } catch {
    return undefined
  }
}

/** The body's own bytes; `null` when it cannot be unpacked. */
export const unpackBody = (raw: Buffer, encoding: string | null): Buffer | null => {
  const codings = contentCodings(encoding)
  // Names that are no codings (`utf-8`) are in the field; what is packed for real is no JSON then.
  const bytes = unpack(raw, codings ?? [], largestBytes)
  return typeof bytes === "string" ? null : bytes
}
