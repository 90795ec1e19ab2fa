/** Connections to upstreams. An answer that comes before the request's body is whole is read, whatever becomes of the body. */
import http from "node:http"
import https from "node:https"
import type { Socket } from "node:net"

export interface UpstreamAgents {
  readonly "http:": http.Agent
  readonly "https:": https.Agent
}

/** After a reset everything that will ever be read is here: so long nothing is read, nothing comes. */
const quietMs = 1_000

type Written = (error?: Error | null) => void
type Write = (chunk: unknown, encoding: unknown, written: Written) => void

/**
 * An upstream that refuses early (413, 401) answers, closes, and so resets the connection. A write that meets the reset would
 * destroy the socket with the answer unread in it. So the failed write is left pending until the reading side had its turn.
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
  // The parts of a stream that its maker provides; net.Socket has both.
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
    const connect = agent.createConnection.bind(agent) as (...all: ReadonlyArray<unknown>) => Socket
    agent.createConnection = ((...all: ReadonlyArray<unknown>) => readBeforeFailing(connect(...all))) as never
  }
  return agents
}
