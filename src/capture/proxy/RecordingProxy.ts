/**
 * A recording reverse proxy, for programs in any language. Bytes stream both ways with back-pressure, and are
 * recorded as they pass. Plain `node:http`, since every call of the program waits for it (bench/: proxy).
 */
import http, { type IncomingMessage, type ServerResponse } from "node:http"
import https from "node:https"
import type { AddressInfo, Socket } from "node:net"
import type { Recorder } from "../recorder/Recorder.js"
import { observe } from "./Exchange.js"
import { type ForwarderSettings, openForwarder } from "./Forwarder.js"
import { ambiguityOf, hasBody } from "./Framing.js"
import { originsOf, ownNameOf } from "./OwnWords.js"
import { RequestTurns } from "./RequestTurns.js"
import { emptyAnswer, offersHttp2, passUpgrade, serveWithoutUpgrade } from "./Upgrade.js"

export interface ProxySettings extends ForwarderSettings {
  readonly host: string
  readonly port: number
  /** PEM texts; `null` when clients use plain HTTP. */
  readonly tls: { readonly certificate: string; readonly key: string } | null
  /** This proxy's address for clients, for links that lead back here; by each request's own `Host` unless given. */
  readonly origin?: string
}

export interface RunningProxy {
  readonly url: string
  readonly port: number
  readonly recorder: Recorder
  /** Waits for exchanges under way, for at most `graceMs`, and writes the recording. */
  readonly close: (graceMs?: number) => Promise<void>
}

export const openProxy = async (settings: ProxySettings): Promise<RunningProxy> => {
  const forwarder = openForwarder(settings)
  const { recorder, targetOf } = forwarder
  const encrypted = settings.tls !== null
  const options = { keepAliveTimeout: 65_000, requestTimeout: 0, noDelay: true }
  const server =
    settings.tls === null
      ? http.createServer(options)
      : https.createServer({ ...options, cert: settings.tls.certificate, key: settings.tls.key })

  // Headers are bounded by size, not by count: beyond a count, Node's parser obeys headers that `headers` does not
  // show.
  server.maxHeadersCount = 0

  const scheme = encrypted ? "https" : "http"
  const ownOrigin = (): string => {
    const { port } = server.address() as AddressInfo
    return `${scheme}://${settings.host.includes(":") ? `[${settings.host}]` : settings.host}:${port}`
  }
  const handle = (request: IncomingMessage, response: ServerResponse, expectsContinue: boolean): void => {
    const { host } = request.headers
    const origin = settings.origin ?? (host === undefined ? ownOrigin() : `${scheme}://${host}`)
    forwarder.forward(request, response, { url: request.url ?? "/", encrypted, origin }, expectsContinue)
  }
  const turns = new RequestTurns()
  server.on("request", (request, response) => turns.take({ request, response }, () => handle(request, response, false)))
  server.on("checkContinue", (request, response) =>
    turns.take({ request, response }, () => handle(request, response, true))
  )
  server.on("clientError", (error, socket) => turns.refuse(error, socket))
  const upgrade = (request: IncomingMessage, socket: Socket, head: Buffer): void => {
    // Java's client offers HTTP/2 with each plain request, with or without a body, and goes on in HTTP/1.1 when the
    // offer is declined. A request with a body stays in HTTP/1.1 in any case: the protocol does not change within a
    // request.
    if (offersHttp2(request) || hasBody(request)) return serveWithoutUpgrade(server, request, socket, head)
    if (ambiguityOf(request) !== null) return void socket.end(emptyAnswer("400 Bad Request"))
    const target = targetOf(request, request.url ?? "/")
    if (target === null) socket.end(emptyAnswer("404 Not Found"))
    else passUpgrade(request, socket, head, target, observe(recorder, request, target), encrypted)
  }
  server.on("upgrade", (request: IncomingMessage, socket: Socket, head: Buffer) => {
    destroyOnError(socket)
    turns.takeLast(socket, () => upgrade(request, socket, head))
  })
  server.on("connect", (_request, socket: Socket) => {
    destroyOnError(socket)
    const text = `${ownNameOf(settings)}: it opens no tunnels: give the program this proxy's address as the API's base URL, in place of ${originsOf(settings.upstreams)}\n`
    socket.end(
      `HTTP/1.1 405 Method Not Allowed\r\nConnection: close\r\nContent-Type: text/plain\r\nContent-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`
    )
  })

  await new Promise<void>((resolve, reject) => {
    server.once("error", reject)
    server.listen(settings.port, settings.host, resolve)
  })
  return {
    url: ownOrigin(),
    port: (server.address() as AddressInfo).port,
    recorder,
    close: async (graceMs = 5_000) => {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeIdleConnections()
      const force = setTimeout(() => server.closeAllConnections(), graceMs)
      await closed
      clearTimeout(force)
      await forwarder.close()
    }
  }
}

/** Handles errors of a socket that Node has handed over: a client's reset would otherwise end the process. */
const destroyOnError = (socket: Socket): void => void socket.on("error", () => socket.destroy())
