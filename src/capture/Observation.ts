/** A completed or failed call, as a hook hands it to the recorder's thread, or an importer to the writer of rows. */
import { isCount } from "../domain/CallBounds.js"
import { isPlausible } from "../domain/Span.js"
import type { EpochMillis } from "../domain/Time.js"

export interface Observation {
  readonly startedAt: EpochMillis
  /** `null` where an imported file does not say. */
  readonly durationMs: number | null
  /** Number of the request's words (method, URL, credential, User-Agent) within a process. */
  readonly requestId: number | null
  /** The words travelled before, so the recorder's thread knows them by `requestId`. */
  readonly requestKnown: boolean
  readonly method: string
  readonly url: string
  /** Crosses to the thread in memory only; the recording keeps a salted fingerprint of it. */
  readonly authorization: string | null
  readonly userAgent: string | null
  readonly status: number | null
  readonly error: string | null
  readonly requestBytes: number | null
  readonly responseBytes: number | null
  readonly limitTotal: number | null
  readonly limitRemaining: number | null
  readonly retryAfter: string | null
  /** The response's `Date`: the provider's clock, in whole seconds. */
  readonly serverTime: EpochMillis | null
  readonly contentEncoding: string | null
  readonly contentType: string | null
  /** The response body as it came over the wire; `null` when it was not followed, too large, or not seen. */
  readonly body: Buffer | null
  /** Number of the body within a process; with `sameBody` that of the body that is repeated. */
  readonly bodyId: number | null
  /** The body travelled before, so it does not travel again. */
  readonly sameBody: boolean
  /** Only where bodies are kept. */
  readonly requestBody: Buffer | null
}

/** A call as an imported file describes it. */
export interface ImportedCall
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

export const observationOf = ({ header, ...call }: ImportedCall): Observation => ({
  ...call,
  limitTotal: headerNumber(header("x-ratelimit-total")),
  limitRemaining: headerNumber(header("x-ratelimit-remaining")),
  retryAfter: header("retry-after"),
  serverTime: headerTime(header("date")),
  // Bodies in such files are decompressed.
  contentEncoding: null,
  requestId: null,
  requestKnown: false,
  bodyId: null,
  sameBody: false
})

export const headerNumber = (text: string | null): number | null =>
  text === null || !/^\d{1,10}$/.test(text.trim()) || !isCount(Number(text)) ? null : Number(text)

let lastDate = ""
let lastTime: EpochMillis | null = null

/** The time of a `Date` header. Calls within one second have the same header, which is parsed once. */
export const headerTime = (text: string | null): EpochMillis | null => {
  if (text === null) return null
  if (text !== lastDate) {
    const time = Date.parse(text)
    lastDate = text
    lastTime = isPlausible(time) ? time : null
  }
  return lastTime
}
