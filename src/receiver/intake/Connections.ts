/**
 * The listener's connections and which of them gives way at the bound. A connection is a stranger until it has
 * brought a signed delivery. Strangers may hold half the bound before they are the first to go; below that, idle
 * connections go first. A connection with a request under way that has proved itself never goes, and neither does the
 * one that has just come.
 */
import type { Socket } from "node:net"
import { networkOf } from "./Addresses.js"
import { Shares } from "./Shares.js"

export interface Connection {
  /** It has brought a signed delivery. */
  readonly proven: boolean
  /** A request has come, and the connection counts to its sender's share from now on (Intake.ts, `shareOf`). */
  readonly began: (share: string) => void
  readonly verified: () => void
  /** A request is answered. */
  readonly ended: () => void
  /** How to answer the request whose body is on its way. */
  refuse: (() => void) | null
}

export interface Connections {
  readonly opened: (socket: Socket) => void
  /** The same connection, once its TLS handshake is done. */
  readonly secured: (socket: Socket) => void
  readonly of: (socket: Socket) => Connection | undefined
  /** To be called now and then: strangers that are done and stay are closed. */
  readonly closeIdleStrangers: () => void
}

export interface ConnectionsOptions {
  readonly most: number
  readonly onCount: (open: number) => void
  readonly onGivenWay: (state: "stranger" | "idle") => void
}

/**
 * How long a connection that has proved nothing is kept after an answer: Node's own default, where proven ones stay
 * longer.
 */
const strangerIdleMs = 5_000

interface Entry extends Connection {
  readonly socket: Socket
  proven: boolean
  share: string
  /** Requests under way. */
  requests: number
  answeredAt: number | null
}

/** The same for a raw socket and for the TLS socket on top of it. */
const endpointOf = ({ remoteAddress, remotePort }: Socket): string => `${remoteAddress} ${remotePort}`

export const makeConnections = ({ most, onCount, onGivenWay }: ConnectionsOptions): Connections => {
  const strangers = new Shares<Entry>()
  const idle = new Shares<Entry>()
  const bySocket = new WeakMap<Socket, Entry>()
  const byEndpoint = new Map<string, Entry>()
  let open = 0

  const leave = (entry: Entry): void => {
    strangers.leave(entry.share, entry, 1)
    idle.leave(entry.share, entry, 1)
  }

  const enter = (socket: Socket): Entry => {
    const entry: Entry = {
      socket,
      proven: false,
      share: networkOf(socket.remoteAddress ?? ""),
      requests: 0,
      answeredAt: null,
      refuse: null,
      began: (share) => {
        entry.requests += 1
        idle.leave(entry.share, entry, 1)
        if (!entry.proven && share !== entry.share) {
          strangers.leave(entry.share, entry, 1)
          strangers.join(share, entry, 1)
        }
        entry.share = share
      },
      verified: () => {
        entry.proven = true
        strangers.leave(entry.share, entry, 1)
      },
      ended: () => {
        entry.requests -= 1
        entry.refuse = null
        entry.answeredAt = performance.now()
        if (entry.proven && entry.requests === 0 && !socket.destroyed) idle.join(entry.share, entry, 1)
      }
    }
    strangers.join(entry.share, entry, 1)
    return entry
  }

  const giveWay = (entry: Entry, state: "stranger" | "idle"): void => {
    const { socket } = entry
    onGivenWay(state)
    leave(entry)
    if (entry.refuse === null) return void socket.destroy()
    entry.refuse()
    // As soon as the answer has left; the rest of the body is not waited for.
    if (socket.writableFinished) socket.destroy()
    else socket.once("finish", () => socket.destroy()).end()
  }

  return {
    opened: (socket) => {
      const entry = enter(socket)
      const endpoint = endpointOf(socket)
      bySocket.set(socket, entry)
      byEndpoint.set(endpoint, entry)
      open += 1
      onCount(open)
      socket.once("close", () => {
        open -= 1
        onCount(open)
        if (byEndpoint.get(endpoint) === entry) byEndpoint.delete(endpoint)
        leave(entry)
      })
      if (open <= most) return
      const stranger = strangers.first(entry)
      const kept = strangers.size > most / 2 && stranger !== undefined ? undefined : idle.first()
      if (kept !== undefined) giveWay(kept, "idle")
      else giveWay(stranger ?? entry, "stranger")
    },
    secured: (socket) => {
      const entry = byEndpoint.get(endpointOf(socket))
      if (entry !== undefined) bySocket.set(socket, entry)
    },
    of: (socket) => bySocket.get(socket),
    closeIdleStrangers: () => {
      const before = performance.now() - strangerIdleMs
      for (const { answeredAt, requests, socket } of strangers)
        if (requests === 0 && answeredAt !== null && answeredAt < before) socket.destroy()
    }
  }
}
