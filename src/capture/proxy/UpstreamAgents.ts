/**
 * Connections to upstreams. An answer that comes before the request's body is complete is read, even if the body
 * cannot be sent.
 */
import http from "node:http"
import https from "node:https"
import type { Socket } from "node:net"
import { markAgent } from "../ForwarderCalls.js"

export interface UpstreamAgents {
  readonly "http:": http.Agent
  readonly "https:": https.Agent
}

/** After a reset no more bytes arrive: once nothing was read for this long, the answer has been read. */
const quietMs = 1_000

type Written = (error?: Error | null) => void
type Write = (chunk: unknown, encoding: unknown, written: Written) => void

/**
 * An upstream that refuses early (413, 401) answers and closes, which resets the connection. A write after the reset
 * would destroy the socket with the answer unread in it, so the failed write stays pending until the answer has been
 * read.
 */
const readBeforeFailing = (socket: Socket): Socket => {
  const failLater = (written: Written, error: Error, read: number): void => {
    const timer = setTimeout(() => {
      if (socket.destroyed) return
      if (socket.isPaused() || socket.bytesRead !== read) failLater(written, error, socket.bytesRead)
      else written(error)
    }, quietMs)
    timer.unref()
  }
  // The two write methods of a stream's implementation; net.Socket has both.
  const parts = socket as unknown as { _write: Write; _writev: (chunks: unknown, written: Written) => void }
  const { _write, _writev } = parts
  const guarded =
    (written: Written): Written =>
    (error) =>
      error == null ? written(error) : failLater(written, error, socket.bytesRead)
  parts._write = (chunk, encoding, written) => _write.call(socket, chunk, encoding, guarded(written))
  parts._writev = (chunks, written) => _writev.call(socket, chunks, guarded(written))
  return socket
}

export const makeUpstreamAgents = (): UpstreamAgents => {
  const options = { keepAlive: true, scheduling: "lifo", maxFreeSockets: 256 } as const
  const agents = { "http:": new http.Agent(options), "https:": new https.Agent(options) }
  for (const agent of Object.values(agents)) {
    markAgent(agent)
    const connect = agent.createConnection.bind(agent) as (...all: ReadonlyArray<unknown>) => Socket
    agent.createConnection = ((...all: ReadonlyArray<unknown>) => readBeforeFailing(connect(...all))) as never
  }
  return agents
}
