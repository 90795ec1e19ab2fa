/** What the hook in the program's thread hands to the recorder's thread: one completed or failed call. */
import type { EpochMillis } from "../domain/Time.js"

export interface Observation {
  readonly startedAt: EpochMillis
  readonly durationMs: number
  readonly method: string
  readonly url: string
  /** Crosses to the thread in memory only; what is kept of it is a salted fingerprint. */
  readonly authorization: string | null
  readonly userAgent: string | null
  readonly status: number | null
  readonly error: string | null
  readonly requestBytes: number | null
  readonly responseBytes: number | null
  readonly limitTotal: number | null
  readonly limitRemaining: number | null
  readonly retryAfter: string | null
  readonly contentEncoding: string | null
  /** The response body as it came over the wire; `null` when it was not JSON, too large, or not seen. */
  readonly body: ReadonlyArray<Uint8Array> | null
  /** The body is the one that the same request brought last: it need not travel again. */
  readonly sameBody: boolean
}

export interface ThreadData {
  readonly file: string
  readonly integration: string
  readonly program: string
  readonly pid: number
  readonly startedAt: EpochMillis
  readonly salt: string | null
  readonly hosts: ReadonlyArray<string>
  /** [calls done with, calls lost, closed]: shared with the program's thread, so that neither waits for a message. */
  readonly counters: SharedArrayBuffer
}

export type ToThread = { readonly calls: ReadonlyArray<Observation>; readonly lost: number } | { readonly close: true }

/** `forgotten` counts how often the thread forgot which bodies it had seen. */
export const counter = { done: 0, lost: 1, closed: 2, flushed: 3, forgotten: 4 } as const
export const counterBytes = 4 * 5

/** Requests whose last body the program's thread remembers by length and CRC-32. */
export const rememberedBodies = 500
