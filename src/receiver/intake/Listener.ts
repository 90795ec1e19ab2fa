/**
 * The receiver's own HTTP server: plain `node:http` (Effect's server takes 1,300 to 2,400 posts/s where this takes
 * 8,600), with bounds on everything that a stranger could make large or slow: connections (Connections.ts), headers,
 * bodies and their time (UnfinishedBodies.ts). It serves senders only; operators have a listener of their own
 * (operations/AdminListener.ts).
 */
import { readFileSync } from "node:fs"
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http"
import { createServer as createTlsServer, type Server as TlsServer } from "node:https"
import { createSecureContext } from "node:tls"
import { pathSegments } from "../../domain/RequestTarget.js"
import { networkOf } from "./Addresses.js"
import type { Answer } from "./Answers.js"
import { makeConnections } from "./Connections.js"
import type { Intake } from "./Intake.js"
import { headOf, takeNodeDelivery } from "./NodeBody.js"
import { type BodyLimits, defaultBodyMs } from "./UnfinishedBodies.js"

export interface ListenerLimits extends BodyLimits {
  /** Open connections; beyond it one gives way (Connections.ts). Default 2,000. */
  readonly connections?: number
  /** Until the headers are there; default 10 s. */
  readonly headersMs?: number
  /**
   * A kept connection without a request, of a sender that has signed; default 65 s, longer than common proxies keep
   * theirs.
   */
  readonly idleMs?: number
}

export interface TlsFiles {
  readonly certFile: string
  readonly keyFile: string
}

export interface ListenerOptions {
  readonly intake: Intake
  readonly limits: ListenerLimits
  readonly tls: TlsFiles | null
  readonly onConnections: (open: number) => void
  readonly onGivenWay: (state: "stranger" | "idle") => void
}

export interface Listener {
  readonly server: Server | TlsServer
  /** For servers of one's own: answers the request as a delivery for `source`. */
  readonly handle: (request: IncomingMessage, response: ServerResponse, source: string) => void
  /** Answers say that the connection closes. */
  readonly drain: () => void
  /** Reads the certificate again; throws where it cannot be used. The function that it returns takes it into use. */
  readonly rereadTls: () => () => void
}

const maxHeaderBytes = 16 * 1024
/** How often Node looks for connections that are over a time limit, and this for strangers that stay. */
const checkEveryMs = 1_000

export const readCertificate = (tls: TlsFiles): { readonly cert: Buffer; readonly key: Buffer } => ({
  cert: readFileSync(tls.certFile),
  key: readFileSync(tls.keyFile)
})

export const makeListener = ({ intake, limits, onConnections, onGivenWay, tls }: ListenerOptions): Listener => {
  const { bodyMs = defaultBodyMs, connections: most = 2_000, headersMs = 10_000, idleMs = 65_000 } = limits
  const connections = makeConnections({ most, onCount: onConnections, onGivenWay })
  let draining = false

  const write = (response: ServerResponse, { headers, status, text }: Answer, close: boolean): void => {
    if (response.writableEnded || response.destroyed || response.headersSent) return
    response.writeHead(status, {
      "content-type": "text/plain; charset=utf-8",
      "content-length": Buffer.byteLength(text),
      ...(close || draining ? { connection: "close" } : undefined),
      ...headers
    })
    response.end(text)
  }

  const handle: Listener["handle"] = (request, response, source) => {
    const connection = connections.of(request.socket)
    const head = headOf(request, source)
    connection?.began(intake.shareOf(head))
    takeNodeDelivery(intake, request, head, {
      proven: connection?.proven ?? false,
      admitted: (refuse) => {
        if (connection !== undefined) connection.refuse = () => refuse("unavailable")
        if (request.headers.expect?.toLowerCase() === "100-continue") response.writeContinue()
      },
      verified: () => connection?.verified(),
      answer: (answer, close) => write(response, answer, close),
      brokenOff: () => response.destroy()
    })
  }

  const other = (request: IncomingMessage, response: ServerResponse, path: string): void => {
    connections.of(request.socket)?.began(networkOf(request.socket.remoteAddress ?? ""))
    request.resume()
    const asks = request.method === "GET" || request.method === "HEAD"
    if (asks && path === "/healthz") return write(response, { status: 200, text: "ok\n" }, false)
    const text = asks ? "not found: deliveries go to /hooks/{source}\n" : "not found\n"
    write(response, { status: 404, text }, !request.complete)
  }

  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    const connection = connections.of(request.socket)
    if (connection !== undefined) response.on("close", connection.ended)
    const [first, ...rest] = pathSegments(request.url ?? "/")
    if (first === "hooks" && rest.length > 0) handle(request, response, rest.join("/"))
    else other(request, response, `/${[first, ...rest].join("/")}`)
  }

  const settings = {
    maxHeaderSize: maxHeaderBytes,
    headersTimeout: headersMs,
    requestTimeout: headersMs + bodyMs,
    keepAliveTimeout: idleMs,
    connectionsCheckingInterval: checkEveryMs,
    noDelay: true
  }
  const server =
    tls === null
      ? createServer(settings, onRequest)
      : createTlsServer({ ...settings, ...readCertificate(tls), handshakeTimeout: headersMs }, onRequest)
  server.maxHeadersCount = 100
  server.on("connection", connections.opened)
  server.on("secureConnection", connections.secured)
  // Without this Node asks for the body before the head was looked at.
  server.on("checkContinue", onRequest)
  server.on("listening", () => {
    const looking = setInterval(connections.closeIdleStrangers, checkEveryMs)
    looking.unref()
    server.once("close", () => clearInterval(looking))
  })
  return {
    server,
    handle,
    drain: () => {
      draining = true
    },
    rereadTls: () => {
      if (tls === null) return () => undefined
      const read = readCertificate(tls)
      createSecureContext(read)
      return () => (server as TlsServer).setSecureContext(read)
    }
  }
}
