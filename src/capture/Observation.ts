/** What a hook hands to the recorder's thread, or a file's reader to the writer of rows: one completed or failed call. */
import { isCount } from "../domain/CallBounds.js"
import { isPlausible } from "../domain/Span.js"
import type { EpochMillis } from "../domain/Time.js"

export interface Observation {
  readonly startedAt: EpochMillis
  /** `null` where a file does not say. */
  readonly durationMs: number | null
  /** Within a process: what tells the request's words, so that those of a known one need not travel. */
  readonly requestId: number | null
  /** They travelled before. */
  readonly told: boolean
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
  /** The response's `Date`: what the provider's clock said, in whole seconds. */
  readonly serverTime: EpochMillis | null
  readonly contentEncoding: string | null
  readonly contentType: string | null
  /** The response body as it came over the wire; `null` when it was not looked at, too large, or not seen. */
  readonly body: Buffer | null
  /** Tells bodies apart within a process; with `sameBody` the one that is meant. */
  readonly bodyId: number | null
  /** The body is one that travelled before: it need not again. */
  readonly sameBody: boolean
  /** Only where bodies are kept. */
  readonly requestBody: Buffer | null
}

/** A call that somebody else saw: what a file says of it. */
export interface SeenCall
  extends Pick<
    Observation,
    | "startedAt"
    | "durationMs"
    | "method"
    | "url"
    | "authorization"
    | "userAgent"
    | "status"
    | "error"
    | "requestBytes"
    | "responseBytes"
    | "contentType"
    | "body"
    | "requestBody"
  > {
  readonly header: (name: string) => string | null
}

export const observationOf = ({ header, ...seen }: SeenCall): Observation => ({
  ...seen,
  limitTotal: headerNumber(header("x-ratelimit-total")),
  limitRemaining: headerNumber(header("x-ratelimit-remaining")),
  retryAfter: header("retry-after"),
  serverTime: headerTime(header("date")),
  // A file's bodies are unpacked.
  contentEncoding: null,
  requestId: null,
  told: false,
  bodyId: null,
  sameBody: false
})

export const headerNumber = (text: string | null): number | null =>
  text === null || !/^\d{1,10}$/.test(text.trim()) || !isCount(Number(text)) ? null : Number(text)

let lastDate = ""
let lastTime: EpochMillis | null = null

/** Of a `Date` header. Calls of one second have the same: it is read once. */
export const headerTime = (text: string | null): EpochMillis | null => {
  if (text === null) return null
  if (text !== lastDate) {
    const time = Date.parse(text)
    lastDate = text
    lastTime = isPlausible(time) ? time : null
  }
  return lastTime
}

/** What the recorder's thread is told at its start. */
export interface ThreadData {
  readonly file: string
  /** `null`: each call's User-Agent names its program. */
  readonly integration: string | null
  readonly program: string
  readonly kind: RecorderKind
  readonly pid: number
  readonly startedAt: EpochMillis
  readonly salt: string | null
  readonly hosts: ReadonlyArray<string>
  readonly providers: ReadonlyArray<string>
  readonly keepBodies: boolean
  readonly arena: SharedArrayBuffer
}

export type RecorderKind = "client" | "proxy" | "import"
