/**
 * Answers before the request's body is whole. Closing a connection with unread bytes in it resets it, and the reset can
 * overtake the answer (RFC 9112, 9.6): so the sending side is closed first, and the rest of the body thrown away for a
 * while.
 */
import type { Socket } from "node:net"
import type { Readable } from "node:stream"

/** A request of `node:http`, or one without a socket of its own. */
interface Incoming extends Readable {
  readonly complete: boolean
  readonly socket: Socket | null
}

/** To be called before an answer ends: where it closes the connection, the client gets to read it. */
export const lingerOnClose = (request: Incoming, lingerMs: number): void => {
  const { socket } = request
  if (request.complete || socket === null) return
  const closeAtOnce = socket.destroySoon
  // Node calls it once a last answer is written.
  const linger = (): void => {
    if (request.complete || request.destroyed) return closeAtOnce.call(socket)
    socket.end()
    request.once("end", () => closeAtOnce.call(socket))
    discardRest(request, lingerMs)
  }
  socket.destroySoon = linger
  request.once("end", () => {
    if (socket.destroySoon === linger) socket.destroySoon = closeAtOnce
  })
}

/** Throws the rest of a body away; a connection whose body goes on for longer is closed. */
export const discardRest = (request: Incoming, lingerMs: number): void => {
  if (request.complete) return
  const closing = request.socket ?? request
  const timer = setTimeout(() => closing.destroy(), lingerMs)
  timer.unref()
  const done = (): void => {
    clearTimeout(timer)
    request.off("end", done)
    closing.off("close", done)
  }
  request.once("end", done)
  closing.once("close", done)
  request.resume()
}
