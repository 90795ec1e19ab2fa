/** Follows one call from its start to its end, and then hands its observation to the recorder. */
import { headerNumber, headerTime, type Observation } from "../Observation.js"
import { BodyComparator } from "./BodyComparator.js"
import type { CachedBody } from "./CachedBody.js"
import { errorCode } from "./ErrorCode.js"
import { RequestBodyCopy } from "./RequestBodyCopy.js"
import type { CachedRequest, RequestCache } from "./RequestCache.js"

/** The start of a call, as a hook sees it. */
export interface CallStart {
  readonly method: string
  readonly url: string
  /** `host` or `host:port` of the URL, where the hook has it at hand. */
  readonly host?: string
  readonly authorization: string | null
  readonly userAgent: string | null
  readonly requestBytes: number | null
}

/** Follows one call. No method changes or delays the call; `end` or `fail` closes it, once. */
export interface CallObserver {
  /** A part of the request's body; needed only where bodies are kept. */
  readonly sent: (bytes: Uint8Array) => void
  readonly headers: (status: number, header: (name: string) => string | null) => void
  readonly chunk: (bytes: Uint8Array) => void
  readonly end: () => void
  readonly fail: (error: unknown) => void
  /** Nothing was sent over the network: the call is not recorded. */
  readonly withdraw: () => void
}

/** The recorder's services for a call. */
export interface CallRecorderHost {
  readonly keepsBodies: boolean
  readonly elapsed: () => number
  readonly requestOf: (call: CallStart) => CachedRequest
  readonly requests: RequestCache
  /** Numbers a body and caches it for later comparisons. */
  readonly newBody: (request: CachedRequest, body: CachedBody) => void
  readonly opened: (call: CallRecorder) => void
  readonly ended: (call: CallRecorder, observation: Observation) => void
  readonly withdrawn: (call: CallRecorder) => void
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
  /** Only where bodies are kept. */
  private readonly requestBody: RequestBodyCopy | null
  private over = false

  constructor(
    private readonly host: CallRecorderHost,
    private readonly call: CallStart,
    readonly startedAt: number
  ) {
    this.from = host.elapsed()
    this.request = host.requestOf(call)
    this.requestBody = host.keepsBodies ? new RequestBodyCopy(host.requests.copies) : null
  }

  sent(bytes: Uint8Array): void {
    this.requestBody?.add(bytes)
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
    const parsed = this.call.method === "GET" && status >= 200 && status < 300 && /json/i.test(type)
    const kept = this.host.keepsBodies && /json|text\/plain|urlencoded|multipart/i.test(type)
    if (parsed || kept) this.body = new BodyComparator(this.request.bodies, this.host.requests)
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
    this.body?.stop()
    this.body = null
    this.requestBody?.discard()
    this.host.withdrawn(this)
  }

  /** The program does not read the body: the call is recorded without it. */
  endUnread(): void {
    this.body?.stop()
    this.body = null
    if (!this.over) this.finish(null)
  }

  private finish(error: string | null): void {
    this.over = true
    const { body, call, request } = this
    this.body = null
    let found: CachedBody | null = null
    let sameBody = false
    if (error !== null) body?.stop()
    else if (body !== null) {
      const ended = body.end()
      found = ended?.body ?? null
      // Unless the recorder's thread has forgotten that body in the meantime.
      sameBody = ended?.kind === "repeated" && request.bodies.includes(ended.body)
      if (found !== null && !sameBody) this.host.newBody(request, found)
    }
    const requestKnown = request.known
    request.known = true
    this.host.ended(this, {
      startedAt: this.startedAt,
      durationMs: this.host.elapsed() - this.from,
      requestId: request.id,
      requestKnown,
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
      // These describe a body that travels.
      contentEncoding: found === null || sameBody ? null : this.contentEncoding,
      contentType: found === null || sameBody ? null : this.contentType,
      body: found === null || sameBody ? null : found.content(),
      bodyId: found?.id ?? null,
      sameBody,
      requestBody: this.requestBody?.content() ?? null
    })
    this.requestBody?.discard()
  }
}
