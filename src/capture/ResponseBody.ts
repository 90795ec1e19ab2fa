/** A response body as recorded, made readable: decompressed, and parsed where it is JSON. */
import { brotliDecompressSync, gunzipSync, inflateRawSync, inflateSync } from "node:zlib"

/** Enough for a page of the largest entities; what unpacks to more is not looked at. */
const largestBytes = 64 * 1024 * 1024

/** `undefined` when it is no JSON after all: the call is kept, its items are unknown. */
export const parseJson = (text: Buffer): unknown => {
  try {
    return JSON.parse(text.toString("utf8"))
  } catch {
    return undefined
  }
}

/** The body's own bytes; `null` when it cannot be unpacked. */
export const unpackBody = (raw: Buffer, encoding: string | null): Buffer | null => {
  try {
    let bytes = raw
    // The encodings in the order in which they were applied.
    for (const name of (encoding ?? "").toLowerCase().split(",").reverse()) bytes = unpack(bytes, name.trim())
    return bytes
  } catch {
    return null
  }
}

const unpack = (raw: Buffer, encoding: string): Buffer => {
  const options = { maxOutputLength: largestBytes }
  switch (encoding) {
    case "gzip":
    case "x-gzip":
      return gunzipSync(raw, options)
    case "br":
      return brotliDecompressSync(raw, options)
    case "deflate":
      // Some servers send the bare stream, without its header.
      return (raw[0]! & 0x0f) === 8 ? inflateSync(raw, options) : inflateRawSync(raw, options)
    default:
      return raw
  }
}
