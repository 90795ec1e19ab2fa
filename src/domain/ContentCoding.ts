/** `Content-Encoding`: the codings of a body, and the body without them, up to a bound. Pure. */
import { brotliDecompressSync, gunzipSync, inflateRawSync, inflateSync } from "node:zlib"

export type ContentCoding = "gzip" | "deflate" | "br"

const names: Readonly<Record<string, ContentCoding>> = {
  gzip: "gzip",
  "x-gzip": "gzip",
  deflate: "deflate",
  br: "br"
}

/** No sender packs more often; each further layer multiplies the work. */
const mostCodings = 3

/** In the order in which they were applied; `null` where one of them is not known. */
export const contentCodings = (header: string | null | undefined): ReadonlyArray<ContentCoding> | null => {
  const codings: Array<ContentCoding> = []
  for (const part of (header ?? "").toLowerCase().split(",")) {
    const name = part.trim()
    if (name === "" || name === "identity") continue
    const coding = Object.hasOwn(names, name) ? names[name] : undefined
    if (coding === undefined || codings.length === mostCodings) return null
    codings.push(coding)
  }
  return codings
}

export type Unpacked = Buffer | "damaged" | "too_large"

/** No step unpacks to more than `mostBytes`. */
export const unpack = (packed: Buffer, codings: ReadonlyArray<ContentCoding>, mostBytes: number): Unpacked => {
  try {
    return codings.reduceRight((bytes, coding) => unpackOne(bytes, coding, mostBytes), packed)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE" ? "too_large" : "damaged"
  }
}

const unpackOne = (packed: Buffer, coding: ContentCoding, maxOutputLength: number): Buffer => {
  switch (coding) {
    case "gzip":
      return gunzipSync(packed, { maxOutputLength })
    case "br":
      return brotliDecompressSync(packed, { maxOutputLength })
    case "deflate":
      // Some programs send the bare stream, without its header (RFC 9110, 8.4.1.2).
      return (packed[0]! & 0x0f) === 8
        ? inflateSync(packed, { maxOutputLength })
        : inflateRawSync(packed, { maxOutputLength })
  }
}
