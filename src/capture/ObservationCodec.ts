/** An observation as bytes in the arena: a fixed part, then strings and bodies with their lengths. */

import type { Observation } from "./Observation.js"
import type { ArenaWriter } from "./SharedArena.js"

const numbers = [
  "startedAt",
  "durationMs",
  "status",
  "requestBytes",
  "responseBytes",
  "limitTotal",
  "limitRemaining",
  "bodyId"
] as const
const texts = [
  "method",
  "url",
  "authorization",
  "userAgent",
  "error",
  "retryAfter",
  "contentEncoding",
  "contentType"
] as const
const bodies = ["body", "requestBody"] as const

const fixedBytes = numbers.length * 8 + 4
/** Written for `null`; no length is it. */
const absent = 0xffffffff

/** At most what it takes: a UTF-16 unit needs three bytes of UTF-8 or fewer. */
const sizeOf = (seen: Observation): number => {
  let size = fixedBytes
  for (const name of texts) size += 4 + (seen[name]?.length ?? 0) * 3
  for (const name of bodies) size += 4 + (seen[name]?.byteLength ?? 0)
  return size
}

/** False when there is no room. */
export const writeObservation = (arena: ArenaWriter, seen: Observation): boolean => {
  const from = arena.reserve(sizeOf(seen))
  if (from < 0) return false
  const { bytes } = arena
  let at = from
  for (const name of numbers) {
    bytes.writeDoubleLE(seen[name] ?? Number.NaN, at)
    at += 8
  }
  bytes.writeUInt32LE(seen.sameBody ? 1 : 0, at)
  at += 4
  for (const name of texts) {
    const text = seen[name]
    const length = text === null ? absent : bytes.write(text, at + 4)
    bytes.writeUInt32LE(length, at)
    at += 4 + (text === null ? 0 : length)
  }
  for (const name of bodies) {
    const body = seen[name]
    bytes.writeUInt32LE(body === null ? absent : body.byteLength, at)
    at += 4
    if (body !== null) {
      bytes.set(body, at)
      at += body.byteLength
    }
  }
  arena.commit(at - from)
  return true
}

/** The observation that starts there. Its bodies are views: they hold until the record is released. */
export const readObservation = (bytes: Buffer, from: number): Observation => {
  let at = from
  const found: Record<string, unknown> = {}
  for (const name of numbers) {
    const value = bytes.readDoubleLE(at)
    found[name] = Number.isNaN(value) ? null : value
    at += 8
  }
  found["sameBody"] = bytes.readUInt32LE(at) === 1
  at += 4
  const next = <A>(take: (from: number, to: number) => A): A | null => {
    const length = bytes.readUInt32LE(at)
    at += 4
    if (length === absent) return null
    at += length
    return take(at - length, at)
  }
  for (const name of texts) found[name] = next((start, end) => bytes.toString("utf8", start, end))
  for (const name of bodies) found[name] = next((start, end) => bytes.subarray(start, end))
  return found as unknown as Observation
}
