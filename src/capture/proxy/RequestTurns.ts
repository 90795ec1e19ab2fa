/**
 * Serialises pipelined requests. A client may send its next request before the last is answered; that request goes to
 * the upstream once the answer before it is sent and the connection is still open, so that no request is carried out
 * whose answer is lost.
 */
import type { IncomingMessage, ServerResponse } from "node:http"
import type { Duplex } from "node:stream"

interface Turn {
  readonly request: IncomingMessage
  readonly response: ServerResponse
}

/** Answers to bytes that are not a request, by the error of Node's parser; as Node's own. */
const answers: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: "431 Request Header Fields Too Large",
  HPE_CHUNK_EXTENSIONS_OVERFLOW: "413 Payload Too Large",
  ERR_HTTP_REQUEST_TIMEOUT: "408 Request Timeout"
}

export class RequestTurns {
  private readonly last = new WeakMap<Duplex, Turn>()

  /** Calls `go` when all earlier requests of the connection are answered; never, when the connection ends before. */
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

  /**
   * Refuses bytes that are not a request: complete requests before them are answered first, then the connection ends.
   */
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
      // The answer may have closed the connection.
      if (!socket.destroyed && !socket.writableEnded) go()
    }
    if (before === undefined || before.response.closed) goOn()
    else before.response.once("close", goOn)
  }
}
