/**
 * One call of undici to a mirror. Its handler hears of a lost connection only where the call cannot go on: a call that
 * was not sent, or that may be sent twice, goes straight to the provider before anything of an answer has come.
 */

type Method = (...values: Array<unknown>) => unknown
/** A connection; its bytes are of all answers that have come by it. */
export interface ReadSocket {
  readonly bytesRead: number
}
export type Handler = Readonly<Record<string, Method | undefined>>

export interface CallWays {
  /** The call has no body and changes nothing. */
  readonly mayBeSentTwice: boolean
  /** The dispatcher, and so its calls, was ended by the program. */
  readonly isOver: () => boolean
  readonly toMirror: (handler: Handler) => unknown
  readonly toProvider: (handler: Handler) => unknown
}

/** The methods of undici's handlers, by version; `onConnect` to `onError` up to 7, the others from 7. */
const told = [
  "onBodySent",
  "onRequestSent",
  "onUpgrade",
  "onData",
  "onComplete",
  "onRequestUpgrade",
  "onResponseData",
  "onResponseEnd"
]

/** Errors of the program's own making, and of a dispatcher that it has closed. */
const ownErrors = /^UND_ERR_(?:INVALID|ABORT|DESTROYED|CLOSED|REQ_|NOT_SUPPORTED|MAX_ORIGINS)/
/** The connection went away under the request. */
const lostConnection = /^(?:UND_ERR_SOCKET|ECONNRESET|ECONNABORTED|EPIPE)$/

/** The call that undici is about to write: it names the connection next, in the same turn. */
let writing: MirroredCall | null = null

export class MirroredCall {
  /** The handler has been told of a connection (up to version 7), by which it can end the call. */
  private begun = false
  private aborted: { readonly reason: unknown } | null = null
  private abort: Method = () => undefined
  private sent = false
  private answered = false
  private socket: ReadSocket | null = null
  private readBefore = 0

  /** Undici writes a request to this connection. */
  static writes(socket: ReadSocket): void {
    const call = writing
    writing = null
    if (call === null) return
    call.socket = socket
    call.readBefore = socket.bytesRead
  }

  constructor(
    private readonly handler: Handler,
    private readonly ways: CallWays
  ) {}

  start(): unknown {
    return this.ways.toMirror(this.watching(2))
  }

  /** Passes on what the handler is told; `tries` counts the mirror's connections that are left, this one included. */
  private watching(tries: number): Handler {
    const { handler } = this
    this.sent = false
    this.socket = null
    const passing: Record<string, Method> = {}
    for (const name of told) {
      if (typeof handler[name] === "function") passing[name] = (...values) => this.tell(name, values)
    }
    const answer =
      (name: string): Method =>
      (...values) => {
        this.answered = true
        return this.tell(name, values)
      }
    const answers = (name: string): Record<string, Method> => ({
      [name]: answer(name),
      onResponseStarted: answer("onResponseStarted")
    })
    return typeof handler["onRequestStart"] === "function"
      ? {
          ...passing,
          ...answers("onResponseStart"),
          onRequestStart: (...values) => {
            this.begins()
            return this.tell("onRequestStart", values)
          },
          onResponseError: (...values) => {
            const [controller, error] = values
            const ended = (controller as { readonly aborted?: boolean } | null)?.aborted === true
            return !ended && this.goesOn(error, tries) ? undefined : this.tell("onResponseError", values)
          }
        }
      : {
          ...passing,
          ...answers("onHeaders"),
          onConnect: (abort, context) => this.connected(abort as Method, context),
          onError: (...values) => (this.goesOn(values[0], tries) ? undefined : this.tell("onError", values))
        }
  }

  private tell(name: string, values: ReadonlyArray<unknown>): unknown {
    return this.handler[name]?.(...values)
  }

  private begins(): void {
    this.sent = true
    writing = this
  }

  private connected(abort: Method, context: unknown): void {
    this.begins()
    this.abort = abort
    if (this.aborted !== null) return void abort(this.aborted.reason)
    if (this.begun) return
    this.begun = true
    this.tell("onConnect", [
      (reason: unknown) => {
        this.aborted = { reason }
        this.abort(reason)
      },
      context
    ])
  }

  /** Whether the call goes on elsewhere after this error. */
  private goesOn(error: unknown, tries: number): boolean {
    const code = String((error as { readonly code?: unknown } | null)?.code ?? "")
    // Up to version 5 no method tells of an answer before its headers are whole.
    const answered = this.answered || (this.socket !== null && this.socket.bytesRead > this.readBefore)
    if (tries === 0 || answered || this.aborted !== null || this.ways.isOver() || ownErrors.test(code)) return false
    if (this.sent && !(this.ways.mayBeSentTwice && lostConnection.test(code))) return false
    // A kept connection may have been closed in this moment, and a new one may stand.
    if (this.sent && tries > 1) this.ways.toMirror(this.watching(tries - 1))
    else this.ways.toProvider(this.begun ? this.watching(0) : this.handler)
    return true
  }
}
