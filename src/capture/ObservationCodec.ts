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

const fixedBytes = numbers.length * 8 + 1
/** Written for `null`; no length is it. */
const absent = 0xffffffff

/** At most what it takes: a UTF-16 unit needs three bytes of UTF-8 or fewer. */
const sizeOf = (seen: Observation): number => {
  let size = fixedBytes
  for (const name of texts) size += 4 + (seen[name]?.length ?? 0) * 3
  for (const name of bodies) size += 4 + (seen[name]?.byteLength ?? 0)
  return size
}

const scratch = new Float64Array(numbers.length)
const scratchBytes = new Uint8Array(scratch.buffer)

/** False when there is no room. */
export const writeObservation = (arena: ArenaWriter, seen: Observation): boolean => {
  const from = arena.reserve(sizeOf(seen))
  if (from < 0) return false
  const { bytes } = arena
  for (let index = 0; index < numbers.length; index++) scratch[index] = seen[numbers[index]!] ?? Number.NaN
  bytes.set(scratchBytes, from)
  let at = from + scratchBytes.byteLength
  bytes[at] = seen.sameBody ? 1 : 0
  at += 1
  for (const name of texts) {
    const text = seen[name]
    if (text === null) at = writeLength(bytes, absent, at)
    else {
      const length = bytes.write(text, at + 4, "utf8")
      writeLength(bytes, length, at)
      at += 4 + length
    }
  }
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

const writeLength = (bytes: Buffer, length: number, at: number): number => {
  bytes[at] = length
  bytes[at + 1] = length >>> 8
  bytes[at + 2] = length >>> 16
  bytes[at + 3] = length >>> 24
  return at + 4
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
  found["sameBody"] = bytes[at] === 1
  at += 1
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
