/**
 * A recording as columns: one set per stream, in the order of time. Millions of calls fit into memory this way, and
 * rules that look at neighbours follow no pointers.
 */
import type { Stream } from "./Call.js"
import type { LeftOut } from "./Span.js"
import type { EpochMillis } from "./Time.js"

/** Calls of one stream, oldest first. Unknown values are NaN, or below zero in whole-number columns. */
export interface CallColumns {
  readonly length: number
  readonly id: Float64Array
  readonly startedAt: Float64Array
  readonly durationMs: Float32Array
  /** 0 where no response came. */
  readonly status: Uint16Array
  readonly page: Int32Array
  readonly since: Float64Array
  /** Place in `Recording.names` of the id in the path. */
  readonly subject: Int32Array
  readonly responseBytes: Float64Array
  readonly limitTotal: Int32Array
  readonly limitRemaining: Int32Array
  readonly retryAfterSeconds: Float32Array
  readonly items: Int32Array
  readonly newVersions: Int32Array
  /** The process that made it; 0 where one file or proxy speaks for many. */
  readonly process: Float64Array
  /** The response's `Date` less the call's start: whole seconds by the provider's clock. */
  readonly clockMs: Float64Array
  readonly failedRecords: Int32Array
}

/** Item versions that one stream was the first time to see, in the order of the calls that brought them. */
export interface VersionColumns {
  readonly length: number
  /** Place of the call in the stream's `calls`. */
  readonly call: Int32Array
  /** Places in `Recording.names`. */
  readonly entity: Int32Array
  readonly entityId: Int32Array
  readonly updatedAt: Float64Array
  readonly seenAt: Float64Array
  readonly created: Uint8Array
  /** Place in `Recording.fieldSets`; below zero where no version was known before. */
  readonly changed: Int32Array
}

export interface StreamRecording {
  readonly stream: Stream
  readonly calls: CallColumns
  readonly versions: VersionColumns
  /** By row, for writes and bulk answers that tell which records they are about (Call.recordHashes). */
  readonly records: ReadonlyMap<number, ReadonlyArray<string>>
}

export interface Recording {
  /** Those that have calls. */
  readonly streams: ReadonlyArray<StreamRecording>
  /** Entity types, ids and subjects. */
  readonly names: ReadonlyArray<string>
  /** Sets of names of fields that changed together. */
  readonly fieldSets: ReadonlyArray<ReadonlyArray<string>>
  readonly calls: number
  readonly firstAt: EpochMillis | null
  readonly lastAt: EpochMillis | null
  readonly recordsLost: number
  /** Calls far from all others in time, which are not in the columns. */
  readonly leftOut: ReadonlyArray<LeftOut>
  /** Recording processes that ended without their last word: killed, or without room to write it. */
  readonly recordersCutOff: number
  /** Redacted bodies are in the database, because the user asked for them. */
  readonly bodiesKept: boolean
}

/** When the response was there. */
export const endOf = (calls: CallColumns, row: number): EpochMillis => {
  const duration = calls.durationMs[row]!
  return calls.startedAt[row]! + (Number.isNaN(duration) ? 0 : duration)
}

/** Refused, broken off, or the provider's own fault: asked again, it may succeed. */
export const failedAt = (calls: CallColumns, row: number): boolean => {
  const status = calls.status[row]!
  return status === 0 || status === 429 || status >= 500
}

/** The words of one recording, each once. */
export interface Interner {
  readonly names: ReadonlyArray<string>
  readonly placeOf: (name: string) => number
}

export const makeInterner = (): Interner => {
  const names: Array<string> = []
  const places = new Map<string, number>()
  return {
    names,
    placeOf: (name) => {
      let place = places.get(name)
      if (place === undefined) {
        place = names.length
        names.push(name)
        places.set(name, place)
      }
      return place
    }
  }
}

/** How many of the first `length` values are below a bound, of values that rise. */
export const lowerBound = (values: Float64Array, bound: number, length = values.length): number => {
  let low = 0
  let high = length
  while (low < high) {
    const middle = (low + high) >> 1
    if (values[middle]! < bound) low = middle + 1
    else high = middle
  }
  return low
}
