/** An observation as bytes in the arena: a fixed part, then strings and bodies with their lengths. */
import { LruCache } from "../LruCache.js"
import type { Observation } from "../Observation.js"
import type { ArenaWriter } from "./ArenaWriter.js"

/** Requests whose words the recorder's thread remembers: ten times as many as a program thread (RequestCache.ts). */
export const rememberedRequests = 20_000

/** Ten numbers, NaN for `null`. After them come flags, then texts and bodies, each with its length in front. */
const numberBytes = 10 * 8
/** The words of a request; left out of the record of a known request. */
const words = ["method", "url", "authorization", "userAgent"] as const
const texts = ["error", "retryAfter", "contentEncoding", "contentType"] as const
const bodies = ["body", "requestBody"] as const

const fixedBytes = numberBytes + 1
/** The length that stands for `null`. */
const absent = 0xffffffff

/** An upper bound: a UTF-16 unit takes at most three bytes of UTF-8. */
const sizeOf = (seen: Observation): number => {
  let size = fixedBytes
  if (!seen.requestKnown) for (const name of words) size += 4 + (seen[name]?.length ?? 0) * 3
  for (const name of texts) size += 4 + (seen[name]?.length ?? 0) * 3
  for (const name of bodies) size += 4 + (seen[name]?.byteLength ?? 0)
  return size
}

/** False when the arena has no room. */
export const writeObservation = (arena: ArenaWriter, seen: Observation): boolean => {
  const from = arena.reserve(sizeOf(seen))
  if (from < 0) return false
  const { bytes, doubles } = arena
  const first = from / 8
  doubles[first] = seen.startedAt
  doubles[first + 1] = seen.durationMs ?? Number.NaN
  doubles[first + 2] = seen.status ?? Number.NaN
  doubles[first + 3] = seen.requestBytes ?? Number.NaN
  doubles[first + 4] = seen.responseBytes ?? Number.NaN
  doubles[first + 5] = seen.limitTotal ?? Number.NaN
  doubles[first + 6] = seen.limitRemaining ?? Number.NaN
  doubles[first + 7] = seen.bodyId ?? Number.NaN
  doubles[first + 8] = seen.requestId ?? Number.NaN
  doubles[first + 9] = seen.serverTime ?? Number.NaN
  let at = from + numberBytes
  bytes[at] = (seen.sameBody ? 1 : 0) + (seen.requestKnown ? 2 : 0)
  at += 1
  if (!seen.requestKnown) for (const name of words) at = writeText(bytes, seen[name], at)
  for (const name of texts) at = writeText(bytes, seen[name], at)
  for (const name of bodies) {
    const body = seen[name]
    at = writeLength(bytes, body === null ? absent : body.byteLength, at)
    if (body !== null) {
      bytes.set(body, at)
      at += body.byteLength
    }
  }
  arena.commit(at - from)
  return true
}

const writeText = (bytes: Buffer, text: string | null, at: number): number => {
  if (text === null) return writeLength(bytes, absent, at)
  const length = bytes.write(text, at + 4, "utf8")
  writeLength(bytes, length, at)
  return at + 4 + length
}

const writeLength = (bytes: Buffer, length: number, at: number): number => {
  bytes[at] = length
  bytes[at + 1] = length >>> 8
  bytes[at + 2] = length >>> 16
  bytes[at + 3] = length >>> 24
  return at + 4
}

type Words = Pick<Observation, (typeof words)[number]>

/** Reads the records of `writeObservation`, which have to come in the order in which each thread wrote them. */
export const makeObservationReader = (bytes: Buffer): ((from: number) => Observation | null) => {
  const doubles = new Float64Array(bytes.buffer, bytes.byteOffset)
  const known = new LruCache<number, Words>(rememberedRequests)
  return (from) => {
    const first = from / 8
    let at = from + numberBytes
    const number = (index: number): number | null => {
      const value = doubles[first + index]!
      return Number.isNaN(value) ? null : value
    }
    const flags = bytes[at]!
    at += 1
    const next = <A>(take: (from: number, to: number) => A): A | null => {
      const length = bytes.readUInt32LE(at)
      at += 4
      if (length === absent) return null
      at += length
      return take(at - length, at)
    }
    const text = () => next((start, end) => bytes.toString("utf8", start, end))
    const view = () => next((start, end) => bytes.subarray(start, end))
    const requestId = number(8)
    let request: Words | undefined
    if ((flags & 2) === 0) {
      request = { method: text() ?? "", url: text() ?? "", authorization: text(), userAgent: text() }
      if (requestId !== null) known.set(requestId, request)
    } else request = requestId === null ? undefined : known.get(requestId)
    // Its words were in a record that was lost.
    if (request === undefined) return null
    return {
      startedAt: number(0) ?? 0,
      durationMs: number(1),
      status: number(2),
      requestBytes: number(3),
      responseBytes: number(4),
      limitTotal: number(5),
      limitRemaining: number(6),
      bodyId: number(7),
      requestId,
      serverTime: number(9),
      requestKnown: (flags & 2) !== 0,
      sameBody: (flags & 1) !== 0,
      method: request.method,
      url: request.url,
      authorization: request.authorization,
      userAgent: request.userAgent,
      error: text(),
      retryAfter: text(),
      contentEncoding: text(),
      contentType: text(),
      // Views into the arena: valid until the record is released.
      body: view(),
      requestBody: view()
    }
  }
}
