/**
 * Requests of one connection, in their turn. A client may send the next one before the last is answered; it goes to the upstream
 * once the answer before it is out and the connection still stands, so that no request is done that nobody is answered for.
 */
import type { IncomingMessage, ServerResponse } from "node:http"
import type { Duplex } from "node:stream"

interface Turn {
  readonly request: IncomingMessage
  readonly response: ServerResponse
}

/** Node's own answers to bytes that are no request. */
const answers: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: "431 Request Header Fields Too Large",
  HPE_CHUNK_EXTENSIONS_OVERFLOW: "413 Payload Too Large",
  ERR_HTTP_REQUEST_TIMEOUT: "408 Request Timeout"
}

export class Turns {
  private readonly last = new WeakMap<Duplex, Turn>()

  /** Calls `go` when all before it on the connection are answered, or never. */
  take(turn: Turn, go: () => void): void {
    const { socket } = turn.request
    const before = this.last.get(socket)
    this.last.set(socket, turn)
    this.after(before, socket, go)
  }

  /** As `take`, for the last request that a connection can have. */
  takeLast(socket: Duplex, go: () => void): void {
    this.after(this.last.get(socket), socket, go)
  }

  /** Bytes that are no request: whole requests before them are answered still, then the connection ends. */
  refuse(error: NodeJS.ErrnoException, socket: Duplex): void {
    const turn = this.last.get(socket)
    const pending = turn !== undefined && !turn.response.closed
    if (pending && turn.request.complete && error.code !== "ECONNRESET") {
      turn.response.shouldKeepAlive = false
      turn.response.once("close", () => socket.destroy())
      return
    }
    if (socket.writable && !(pending && turn.response.headersSent))
      socket.write(`HTTP/1.1 ${answers[error.code ?? ""] ?? "400 Bad Request"}\r\nConnection: close\r\n\r\n`)
    socket.destroy()
  }

  private after(before: Turn | undefined, socket: Duplex, go: () => void): void {
    const goOn = (): void => {
      // An answer may have been the connection's last.
      if (!socket.destroyed && !socket.writableEnded) go()
    }
    if (before === undefined || before.response.closed) goOn()
    else before.response.once("close", goOn)
  }
}
