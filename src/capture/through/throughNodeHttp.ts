/**
 * Sends requests of `node:http` and `node:https` to mirrors. The place is the agent's `addRequest`, where a request has
 * all its words and no connection yet: without the mirror it goes on there as it came.
 */
import http from "node:http"
import type { Socket } from "node:net"
import type { MirrorConnections } from "./MirrorConnections.js"
import { type Connection, ThroughSocket } from "./ThroughSocket.js"
import { isSafe, originHeader, type Way, type Ways } from "./Ways.js"

interface Agent {
  readonly options?: { readonly timeout?: number }
  readonly createSocket: (
    request: Request,
    options: object,
    done: (error: Error | null, socket: Socket | undefined) => void
  ) => void
}
interface Options {
  readonly port?: number | string | null
  readonly defaultPort?: number | string
  readonly socketPath?: string | null
  readonly createConnection?: unknown
}
interface Request {
  readonly method: string
  readonly path: string
  readonly protocol: string
  readonly host: string
  readonly timeout?: number
  readonly _header?: string | null
  readonly getHeader: (name: string) => unknown
  readonly onSocket: (socket: unknown) => void
}
type AddRequest = (this: Agent, request: Request, options: Options, ...legacy: Array<unknown>) => void

/** Returns whether a request goes to a mirror, or went. */
export const throughNodeHttp = (ways: Ways, connections: MirrorConnections): ((request: object) => boolean) => {
  const mirrored = new WeakSet<object>()
  const agents = http.Agent.prototype as unknown as { addRequest: AddRequest }
  const real = agents.addRequest
  agents.addRequest = function addRequest(request, options, ...legacy) {
    const origin = legacy.length > 0 || isStandIn(this) ? null : originOf(request, options)
    const way = origin === null ? null : ways.of(origin.slice(origin.indexOf("//") + 2), request.path)
    if (origin === null || way === null) return void real.call(this, request, options, ...legacy)
    mirrored.add(request)
    const mayBeSentTwice = isSafe(request.method) && !saysBody(request)
    connections.take(way, mayBeSentTwice, (socket, kept) => {
      if (socket === null) {
        mirrored.delete(request)
        return void real.call(this, request, options)
      }
      const toMirror = (connected: Socket): Connection => ({
        socket: connected,
        headFor: (head) => headForMirror(head, way, origin)
      })
      let triesMirror = kept
      let triesProvider = true
      const direct = (done: (error: Error | null, connection: Connection | null) => void): void => {
        mirrored.delete(request)
        this.createSocket(request, { ...options, ...this.options }, (error, created) =>
          done(error, created === undefined ? null : { socket: created, headFor: (head) => head })
        )
      }
      const through = new ThroughSocket(toMirror(socket), {
        mayBeSentTwice,
        next: () => {
          if (triesMirror) {
            triesMirror = false
            return (done) =>
              connections.connect(way, (anew) => {
                if (anew !== null) return done(null, toMirror(anew))
                triesProvider = false
                direct(done)
              })
          }
          if (!triesProvider) return null
          triesProvider = false
          return direct
        },
        release: (connected) => {
          if (mirrored.has(request)) connections.keep(way, connected)
          else connected.destroy()
        }
      })
      request.onSocket(through)
      const timeout = request.timeout ?? this.options?.timeout
      if (timeout !== undefined && timeout > 0) through.setTimeout(timeout)
    })
  }
  return (request) => mirrored.has(request)
}

/** The agent of a test library (msw, nock 14) answers in the network's place. */
const isStandIn = (agent: Agent): boolean => /^Mock/.test(agent.constructor.name)

/** The origin that is asked; `null` where a request is no plain one to a host. */
const originOf = (request: Request, options: Options): string | null => {
  if (typeof options !== "object" || options.socketPath || options.createConnection !== undefined) return null
  if (request.method === "CONNECT" || !request.path.startsWith("/") || says(request, "upgrade")) return null
  const usual = request.protocol === "https:" ? "443" : "80"
  const port = String(options.port ?? options.defaultPort ?? usual)
  const host = request.host.includes(":") ? `[${request.host}]` : request.host.toLowerCase()
  return `${request.protocol}//${host}${port === usual ? "" : `:${port}`}`
}

const says = (request: Request, name: string): boolean =>
  request.getHeader(name) !== undefined || new RegExp(`\r\n${name}:`, "i").test(request._header ?? "")

const saysBody = (request: Request): boolean =>
  says(request, "transfer-encoding") ||
  (says(request, "content-length") && String(request.getHeader("content-length")) !== "0")

const headForMirror = (head: string, way: Way, origin: string): string => {
  const [first = "", ...lines] = head.slice(0, -4).split("\r\n")
  const kept = lines.filter((line) => !/^(?:host|x-hookshift-origin):/i.test(line))
  const start = first.replace(/ (\S*)/, (_, path: string) => ` ${way.pathAt(path)}`)
  return `${[start, `Host: ${way.mirror.host}`, ...kept, `${originHeader}: ${origin}`].join("\r\n")}\r\n\r\n`
}
