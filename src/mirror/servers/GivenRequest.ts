/** A request whose body is no connection's: a `Request`'s stream, or the bytes that another part of a server kept. */
import { Readable } from "node:stream"
import type { ProxyRequest } from "../../capture/index.js"

export type GivenBody = ReadableStream<Uint8Array> | Buffer | null

export class GivenRequest extends Readable implements ProxyRequest {
  readonly httpVersion = "1.1"
  readonly rawTrailers: Array<string> = []
  readonly trailers = {}
  readonly socket = null
  readonly method: string
  readonly url: string
  readonly headers: ProxyRequest["headers"]
  readonly rawHeaders: Array<string>
  complete = false
  private readonly body: ReadableStreamDefaultReader<Uint8Array> | null
  /** Bytes that its Content-Length says are still to come; `null` where it has none. */
  private missing: number | null

  constructor(
    { headers, method, rawHeaders, url }: Pick<GivenRequest, "headers" | "method" | "rawHeaders" | "url">,
    body: GivenBody
  ) {
    super()
    this.method = method
    this.url = url
    this.rawHeaders = rawHeaders
    this.headers = framed(headers, body)
    const length = this.headers["content-length"]
    this.missing = length === undefined ? null : Number(length)
    this.body = body === null || Buffer.isBuffer(body) ? null : body.getReader()
    if (this.body !== null) return
    this.passOn(body as Buffer | null)
    this.end()
  }

  override _read(): void {
    this.body?.read().then(
      ({ done, value }) => {
        if (done) this.end()
        else this.passOn(value)
      },
      () => this.destroy()
    )
  }

  /** More bytes than it says would be another request to the upstream, and fewer would have it wait. */
  private passOn(bytes: Uint8Array | null): void {
    if (bytes === null || bytes.length === 0) return void (this.body === null || this._read())
    if (this.missing !== null) this.missing -= bytes.length
    if (this.missing !== null && this.missing < 0) this.destroy()
    else this.push(bytes)
  }

  private end(): void {
    if (this.missing !== null && this.missing > 0) return void this.destroy()
    this.complete = !this.destroyed
    this.push(null)
  }

  override _destroy(_error: Error | null, done: (error: Error | null) => void): void {
    // A stream that has failed is as good as cancelled.
    if (!this.complete) this.body?.cancel().catch(() => undefined)
    // As a request of `node:http`, it ends without an error: there may be no listener for one.
    done(null)
  }
}

/** The length of kept bytes is known; a stream without a length is sent in chunks. */
const framed = (headers: ProxyRequest["headers"], body: GivenBody): ProxyRequest["headers"] => {
  if (Buffer.isBuffer(body)) {
    const { "transfer-encoding": _, ...others } = headers
    return { ...others, "content-length": String(body.length) }
  }
  const named = headers["content-length"] !== undefined || headers["transfer-encoding"] !== undefined
  return body === null || named ? headers : { ...headers, "transfer-encoding": "chunked" }
}
