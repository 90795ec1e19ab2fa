/** Follows one call from its start to its end; what it noted then goes to the recorder. */

import { headerNumber, headerTime, type Observation } from "../Observation.js"
import { BodyComparator } from "./BodyComparator.js"
import { errorCode } from "./ErrorCode.js"
import { RequestBodyCopy } from "./RequestBodyCopy.js"
import type { CachedBody, CachedRequest, RequestCache } from "./RequestCache.js"

/** The start of a call, as a hook sees it. */
export interface CallStart {
  readonly method: string
  readonly url: string
  /** `host` or `host:port` of the URL, where the hook knows it already. */
  readonly host?: string
  readonly authorization: string | null
  readonly userAgent: string | null
  readonly requestBytes: number | null
}

/** Follows one call. Every method only takes note; `end` or `fail` closes it, once. */
export interface CallObserver {
  /** A part of the request's body; only needed where bodies are kept. */
  readonly sent: (bytes: Uint8Array) => void
  readonly headers: (status: number, header: (name: string) => string | null) => void
  readonly chunk: (bytes: Uint8Array) => void
  readonly end: () => void
  readonly fail: (error: unknown) => void
  /** It was no call, since nothing was sent: nothing of it is kept. */
  readonly withdraw: () => void
}

/** What a call needs of its recorder. */
export interface CallRecorderHost {
  readonly keepsBodies: boolean
  readonly elapsed: () => number
  readonly requestOf: (call: CallStart) => CachedRequest
  readonly requests: RequestCache
  /** Gives a body its number, and keeps it to compare the next ones with. */
  readonly newBody: (request: CachedRequest, body: CachedBody) => void
  readonly opened: (watch: CallRecorder) => void
  readonly ended: (watch: CallRecorder, observation: Observation) => void
  readonly withdrawn: (watch: CallRecorder) => void
}

export class CallRecorder implements CallObserver {
  private readonly from: number
  private readonly request: CachedRequest
  private status: number | null = null
  private limitTotal: number | null = null
  private limitRemaining: number | null = null
  private retryAfter: string | null = null
  private serverTime: number | null = null
  private contentEncoding: string | null = null
  private contentType: string | null = null
  private responseBytes = 0
  private body: BodyComparator | null = null
  /** The request's body, where bodies are kept. */
  private readonly sentBody: RequestBodyCopy | null
  private over = false

  constructor(
    private readonly host: CallRecorderHost,
    private readonly call: CallStart,
    readonly startedAt: number
  ) {
    this.from = host.elapsed()
    this.request = host.requestOf(call)
    this.sentBody = host.keepsBodies ? new RequestBodyCopy(host.requests) : null
  }

  sent(bytes: Uint8Array): void {
    this.sentBody?.add(bytes)
  }

  headers(status: number, header: (name: string) => string | null): void {
    this.status = status
    this.host.opened(this)
    this.limitTotal = headerNumber(header("x-ratelimit-total"))
    this.limitRemaining = headerNumber(header("x-ratelimit-remaining"))
    this.retryAfter = header("retry-after")
    this.serverTime = headerTime(header("date"))
    this.contentEncoding = header("content-encoding")
    this.contentType = header("content-type")
    const type = this.contentType
    if (type === null) return
    const looked = this.call.method === "GET" && status >= 200 && status < 300 && /json/i.test(type)
    const kept = this.host.keepsBodies && /json|text\/plain|urlencoded|multipart/i.test(type)
    if (looked || kept) this.body = new BodyComparator(this.request.bodies, this.host.requests)
  }

  chunk(bytes: Uint8Array): void {
    this.responseBytes += bytes.byteLength
    this.body?.chunk(bytes)
  }

  end(): void {
    if (!this.over) this.finish(null)
  }

  fail(error: unknown): void {
    if (!this.over) this.finish(errorCode(error))
  }

  withdraw(): void {
    if (this.over) return
    this.over = true
    this.body?.leave()
    this.body = null
    this.sentBody?.giveUp()
    this.host.withdrawn(this)
  }

  /** The program does not read the body: the call is noted without it. */
  leaveUnread(): void {
    this.body?.leave()
    this.body = null
    if (!this.over) this.finish(null)
  }

  private finish(error: string | null): void {
    this.over = true
    const { body, call, request } = this
    this.body = null
    let found: CachedBody | null = null
    let sameBody = false
    if (error !== null) body?.leave()
    else if (body !== null) {
      const ended = body.end()
      found = ended?.body ?? null
      // Unless the recorder's thread has forgotten it in the meantime.
      sameBody = ended?.kind === "same" && request.bodies.includes(ended.body)
      if (found !== null && !sameBody) this.host.newBody(request, found)
    }
    const told = request.told
    request.told = true
    this.host.ended(this, {
      startedAt: this.startedAt,
      durationMs: this.host.elapsed() - this.from,
      requestId: request.id,
      told,
      method: call.method,
      url: call.url,
      authorization: call.authorization,
      userAgent: call.userAgent,
      status: this.status,
      error,
      requestBytes: call.requestBytes,
      responseBytes: this.status === null ? null : this.responseBytes,
      limitTotal: this.limitTotal,
      limitRemaining: this.limitRemaining,
      retryAfter: this.retryAfter,
      serverTime: this.serverTime,
      // They are about a body that travels.
      contentEncoding: found === null || sameBody ? null : this.contentEncoding,
      contentType: found === null || sameBody ? null : this.contentType,
      body: found === null || sameBody ? null : found.content(),
      bodyId: found?.id ?? null,
      sameBody,
      requestBody: this.sentBody?.content() ?? null
    })
    this.sentBody?.giveUp()
  }
}
