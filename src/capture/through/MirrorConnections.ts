/** Connections of `node:http` requests to mirrors. Kept ones wait for the next request, and keep no process alive. */
import net, { type Socket } from "node:net"
import tls from "node:tls"
import { connectMs, type Way } from "./Ways.js"

/** Shorter than servers keep theirs, Node's own 5 seconds among them. */
const idleMs = 4_000

export type Connected = (socket: Socket | null, kept: boolean) => void

const nothing = (): void => undefined

export class MirrorConnections {
  private readonly idle = new Map<string, Array<Socket>>()

  /** A kept connection may have been closed in this moment: only a request that may be sent twice gets one. */
  take(way: Way, mayBeKept: boolean, done: Connected): void {
    const kept = mayBeKept ? this.idle.get(way.origin)?.pop() : undefined
    if (kept === undefined) return this.connect(way, done)
    kept.removeAllListeners()
    kept.setTimeout(0)
    kept.ref()
    done(kept, true)
  }

  connect(way: Way, done: Connected): void {
    const { hostname, port, protocol } = way.mirror
    const host = hostname.replace(/^\[|\]$/g, "")
    const secure = protocol === "https:"
    const at = { host, port: Number(port === "" ? (secure ? 443 : 80) : port), noDelay: true }
    const socket = secure ? tls.connect({ ...at, servername: net.isIP(host) === 0 ? host : "" }) : net.connect(at)
    const end = (connected: Socket | null): void => {
      socket.removeAllListeners()
      if (connected === null) {
        socket.on("error", nothing)
        socket.destroy()
      } else socket.setTimeout(0)
      done(connected, false)
    }
    socket.once(secure ? "secureConnect" : "connect", () => end(socket))
    socket.once("error", () => end(null))
    socket.once("close", () => end(null))
    socket.setTimeout(connectMs)
    // A program that held its thread lets the connection's own event come first.
    socket.once("timeout", () =>
      setImmediate(() => {
        if (socket.listenerCount("close") === 0) return
        way.rest()
        end(null)
      })
    )
  }

  /** Takes back a connection whose answer has ended. */
  keep(way: Way, socket: Socket): void {
    if (socket.destroyed || !socket.writable || socket.readableLength > 0) return void socket.destroy()
    const kept = this.idle.get(way.origin) ?? []
    this.idle.set(way.origin, kept)
    const drop = (): void => {
      const at = kept.indexOf(socket)
      if (at >= 0) kept.splice(at, 1)
      socket.destroy()
    }
    for (const event of ["end", "error", "close", "data", "timeout"]) socket.on(event, drop)
    socket.setTimeout(idleMs)
    socket.unref()
    socket.resume()
    kept.push(socket)
  }
}
