/**
 * The socket of a `node:http` request that goes to a mirror. The request's head is written anew for the
 * mirror. While no byte of an answer has come, a connection that is lost is replaced, if the request was not sent, or
 * may be sent twice: the request does not notice.
 */
import type { Socket } from "node:net"
import { Duplex } from "node:stream"

/** A connection that takes the place of a lost one; `headFor` writes the head as its server is to get it. */
export interface Connection {
  readonly socket: Socket
  readonly headFor: (head: string) => string
}

export interface ThroughParts {
  /** The request has no body and changes nothing. */
  readonly mayBeSentTwice: boolean
  /** The next connection to try; `null` once there is none. */
  readonly next: () => ((done: (error: Error | null, connection: Connection | null) => void) => void) | null
  /** The answer has ended, and the connection may serve another request. */
  readonly release: (socket: Socket) => void
}

const headEnd = "\r\n\r\n"
const nothing = (): void => undefined

export class ThroughSocket extends Duplex {
  readonly connecting = false
  private connection: Connection | null = null
  /** The head as the program's request wrote it, in part until `sent`. */
  private head = Buffer.alloc(0)
  private sent = false
  private sentBody = false
  private answered = false
  private ended = false
  /** A write that waits for room, or for the next connection. */
  private waiting: (() => void) | null = null
  private timeoutMs = 0
  private unlisten: () => void = nothing

  constructor(
    connection: Connection,
    private readonly parts: ThroughParts
  ) {
    // As a socket: the end of one direction ends the other one.
    super({ allowHalfOpen: false })
    this.attach(connection)
    this.once("free", () => {
      const { socket } = this
      this.detach()
      if (socket !== undefined) parts.release(socket)
    })
  }

  private get socket(): Socket | undefined {
    return this.connection?.socket
  }

  private attach(connection: Connection): void {
    const { socket } = connection
    this.connection = connection
    const listeners: ReadonlyArray<readonly [string, (value: never) => void]> = [
      ["data", (chunk: Buffer) => this.received(chunk)],
      ["drain", () => this.go()],
      ["timeout", () => this.emit("timeout")],
      ["error", (error: Error) => this.lost(error)],
      ["end", () => this.lost(null)],
      ["close", () => this.lost(null)]
    ]
    for (const [event, listener] of listeners) socket.on(event, listener as () => void)
    this.unlisten = () => {
      for (const [event, listener] of listeners) socket.off(event, listener as () => void)
    }
    socket.setTimeout(this.timeoutMs)
  }

  private detach(): void {
    this.unlisten()
    this.unlisten = nothing
    this.connection = null
  }

  private received(chunk: Buffer): void {
    this.answered = true
    if (!this.push(chunk)) this.socket?.pause()
  }

  private go(): void {
    const { waiting } = this
    this.waiting = null
    waiting?.()
  }

  private lost(error: Error | null): void {
    const replaceable = !this.answered && (!this.sent || (this.parts.mayBeSentTwice && !this.sentBody))
    const next = replaceable ? this.parts.next() : null
    if (next !== null) {
      this.discard()
      next((failure, connection) => this.replace(failure, connection))
      return
    }
    if (error !== null) return void this.destroy(error)
    // No `destroy`: it would hide what has come and was not read yet.
    if (!this.ended) this.push(null)
    this.ended = true
  }

  private discard(): void {
    const { socket } = this
    this.detach()
    socket?.on("error", nothing)
    socket?.destroy()
  }

  private replace(failure: Error | null, connection: Connection | null): void {
    if (this.destroyed) return void connection?.socket.destroy()
    if (connection === null) return void this.destroy(failure ?? new Error("no connection"))
    this.attach(connection)
    if (this.sent) connection.socket.write(this.headOf(connection), "latin1")
    this.go()
  }

  private headOf({ headFor }: Connection): string {
    return headFor(this.head.toString("latin1"))
  }

  override _write(chunk: Buffer, encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    const { connection } = this
    if (connection === null) {
      this.waiting = () => this._write(chunk, encoding, done)
      return
    }
    if (this.sent) {
      this.sentBody = true
      return this.pass(connection, chunk, done)
    }
    const bytes = Buffer.concat([this.head, chunk])
    const end = bytes.indexOf(headEnd)
    this.head = end < 0 ? bytes : bytes.subarray(0, end + headEnd.length)
    if (end < 0) return done()
    this.sent = true
    const body = bytes.subarray(this.head.length)
    this.sentBody = body.length > 0
    this.pass(connection, Buffer.concat([Buffer.from(this.headOf(connection), "latin1"), body]), done)
  }

  private pass({ socket }: Connection, bytes: Buffer, done: () => void): void {
    if (socket.write(bytes)) done()
    else this.waiting = done
  }

  override _read(): void {
    this.socket?.resume()
  }

  override _final(done: () => void): void {
    this.socket?.end()
    done()
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.discard()
    done(error)
  }

  setTimeout(ms: number, listener?: () => void): this {
    this.timeoutMs = ms
    this.socket?.setTimeout(ms)
    if (listener !== undefined) {
      if (ms === 0) this.off("timeout", listener)
      else this.once("timeout", listener)
    }
    return this
  }

  setKeepAlive(on?: boolean, delayMs?: number): this {
    this.socket?.setKeepAlive(on, delayMs)
    return this
  }

  setNoDelay(on?: boolean): this {
    this.socket?.setNoDelay(on)
    return this
  }

  ref(): this {
    this.socket?.ref()
    return this
  }

  unref(): this {
    this.socket?.unref()
    return this
  }

  get timeout(): number {
    return this.timeoutMs
  }
  get remoteAddress(): string | undefined {
    return this.socket?.remoteAddress
  }
  get remotePort(): number | undefined {
    return this.socket?.remotePort
  }
  get remoteFamily(): string | undefined {
    return this.socket?.remoteFamily
  }
  get localAddress(): string | undefined {
    return this.socket?.localAddress
  }
  get localPort(): number | undefined {
    return this.socket?.localPort
  }
  get bytesRead(): number {
    return this.socket?.bytesRead ?? 0
  }
  get bytesWritten(): number {
    return this.socket?.bytesWritten ?? 0
  }
}
