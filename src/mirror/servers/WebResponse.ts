/**
 * An answer as a `Response`; its body streams with back-pressure. A reader that cancels ends the call to the provider.
 */
import { STATUS_CODES } from "node:http"
import { Writable } from "node:stream"
import type { ProxyResponse } from "../../capture/index.js"

/** Bytes that wait for the reader: an answer within them is over for the provider, whether it is read or not. */
const mostUnread = 64 * 1024
/** Statuses whose `Response` must not have a body. */
const bodyless: ReadonlySet<number> = new Set([204, 205, 304])

export class WebResponse extends Writable implements ProxyResponse {
  headersSent = false
  sendDate = true
  shouldKeepAlive = true
  /** Rejects where the exchange ended before an answer began. */
  readonly response: Promise<Response>
  private answer: (response: Response) => void = () => undefined
  private fail: (error: Error) => void = () => undefined
  private body: ReadableStreamDefaultController<Uint8Array> | null = null
  /** A write that waits for the reader. */
  private waiting: (() => void) | null = null

  constructor(private readonly method: string) {
    super()
    this.response = new Promise((resolve, reject) => {
      this.answer = resolve
      this.fail = reject
    })
  }

  writeHead(status: number, ...[first, second]: [(string | Array<string>)?, Array<string>?]): this {
    const reason = typeof first === "string" ? first : (STATUS_CODES[status] ?? "")
    const headers = (typeof first === "string" ? second : first) ?? []
    this.headersSent = true
    try {
      this.answer(this.made(status, reason, headers))
    } catch {
      // HTTP takes more than a `Response`, such as the status 999.
      this.answer(broken("answers in a way that cannot be passed on"))
      this.destroy()
    }
    return this
  }

  private made(status: number, statusText: string, list: ReadonlyArray<string>): Response {
    const headers = new Headers()
    for (let at = 0; at + 1 < list.length; at += 2) headers.append(list[at]!, list[at + 1]!)
    const has = this.method !== "HEAD" && !bodyless.has(status)
    const body = has
      ? new ReadableStream<Uint8Array>(
          {
            start: (controller) => {
              this.body = controller
            },
            pull: () => this.goOn(),
            cancel: () => void this.destroy()
          },
          new ByteLengthQueuingStrategy({ highWaterMark: mostUnread })
        )
      : null
    return new Response(body, { status, statusText, headers })
  }

  private goOn(): void {
    const { waiting } = this
    this.waiting = null
    waiting?.()
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    if (this.body === null) return done()
    this.body.enqueue(chunk)
    if ((this.body.desiredSize ?? 0) > 0) done()
    else this.waiting = done
  }

  override _final(done: () => void): void {
    this.body?.close()
    done()
  }

  override _destroy(error: Error | null, done: (error: null) => void): void {
    const why = error ?? new DOMException("the answer broke off", "AbortError")
    if (!this.headersSent) this.fail(why)
    else if (!this.writableFinished) this.body?.error(why)
    this.waiting = null
    done(null)
  }

  // Of a connection, which a `Response` is not.
  flushHeaders(): void {}
  addTrailers(): void {}
  writeContinue(): void {}
  writeProcessing(): void {}
  writeEarlyHints(): void {}
}

/** In place of an answer that the provider broke off before anything of it could be passed on. */
export const broken = (how: string): Response =>
  Response.json({ error: "bad_gateway", message: `hookshift mirror: the provider ${how}` }, { status: 502 })
