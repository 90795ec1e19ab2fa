/**
 * The receiver's own HTTP server: plain `node:http` (Effect's server takes 1,300 to 2,400 posts/s where this takes 8,600),
 * with bounds on everything that a stranger could make large or slow: connections, headers, bodies, time. What is over a bound
 * gives way oldest first, so that strangers who hold many connections or bodies open take room from each other.
 */
import { readFileSync } from "node:fs"
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http"
import { createServer as createTlsServer, type Server as TlsServer } from "node:https"
import type { Socket } from "node:net"
import { lingerOnClose } from "../../domain/LingeringClose.js"
import { pathSegments } from "../../domain/RequestTarget.js"
import type { Answer, Head, Intake } from "./Intake.js"

export interface ListenerLimits {
  /** Open connections; beyond it the one that has been quiet longest is closed. Default 2,000. */
  readonly connections?: number
  /** Bytes of bodies that are not whole yet, of all connections; beyond it the oldest of them is refused. Default 64 MiB. */
  readonly unfinishedBytes?: number
  /** Until the headers are there; default 10 s. */
  readonly headersMs?: number
  /** From the headers to the last byte of the body; default 15 s. */
  readonly bodyMs?: number
  /** A kept connection without a request; default 65 s, longer than common proxies keep theirs. */
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
  /** What is served besides `/hooks/`: `null` for: not found. */
  readonly serve: (path: string, response: ServerResponse) => Promise<Answer | null>
  readonly onConnections: (open: number) => void
}

export interface Listener {
  readonly server: Server | TlsServer
  /** For servers of one's own: answers the request as a delivery for `source`. */
  readonly handle: (request: IncomingMessage, response: ServerResponse, source: string) => void
  /** Answers say that the connection closes. */
  readonly drain: () => void
  readonly rereadTls: () => void
}

const maxHeaderBytes = 16 * 1024
/** How often Node looks for connections that are over a time limit. */
const checkEveryMs = 1_000
const lingerMs = 1_000

interface Unfinished {
  readonly abort: () => void
}

export const makeListener = ({ intake, limits, onConnections, serve, tls }: ListenerOptions): Listener => {
  const { bodyMs = 15_000, connections = 2_000, headersMs = 10_000, idleMs = 65_000 } = limits
  const unfinishedBytes = limits.unfinishedBytes ?? 64 * 1024 * 1024
  let draining = false
  /** Oldest first. */
  const unfinished = new Set<Unfinished>()
  let heldBytes = 0
  /** Connections that have no request under way, the one that has been quiet longest first. */
  const quiet = new Set<Socket>()
  let open = 0

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

  /** Refuses before the body is there; the rest of it is thrown away, and the connection with it. */
  const refuse = (request: IncomingMessage, response: ServerResponse, answer: Answer): void => {
    const close = !request.complete
    lingerOnClose(request, lingerMs)
    write(response, answer, close)
    if (!close) return
    request.resume()
    setTimeout(() => request.destroy(), lingerMs).unref()
  }

  const handle: Listener["handle"] = (request, response, source) => {
    const head: Head = {
      method: request.method ?? "",
      source,
      headers: request.headers,
      remoteAddress: request.socket.remoteAddress ?? ""
    }
    const refusal = intake.admit(head)
    // A request without a body is complete as soon as it is read on.
    if (refusal !== null) return refuse(request, response, refusal)

    let chunks: Array<Buffer> = []
    let size = 0
    const drop = (why: "too_large" | "too_slow" | "unavailable"): void => {
      finish()
      chunks = []
      refuse(request, response, intake.refuse(source, why))
    }
    const entry: Unfinished = { abort: () => drop("unavailable") }
    let timer: NodeJS.Timeout | null = null
    const finish = (): void => {
      if (timer !== null) clearTimeout(timer)
      timer = null
      if (unfinished.delete(entry)) heldBytes -= size
    }
    request.on("data", (chunk: Buffer) => {
      if (response.headersSent) return
      if (size === 0 && chunk.length === Number(request.headers["content-length"])) {
        // The common case: the whole body in one piece, nothing to wait for.
        chunks = [chunk]
        size = chunk.length
        return
      }
      if (!unfinished.has(entry)) {
        unfinished.add(entry)
        timer = setTimeout(() => drop("too_slow"), bodyMs)
      }
      size += chunk.length
      heldBytes += chunk.length
      if (size > intake.maxBodyBytes) return drop("too_large")
      chunks.push(chunk)
      while (heldBytes > unfinishedBytes) unfinished.values().next().value!.abort()
    })
    request.on("end", () => {
      finish()
      if (response.headersSent) return
      const body = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)
      chunks = []
      intake.deliver(head, body, (answer) => write(response, answer, false))
    })
    // A client that stops halfway has sent nothing.
    request.on("error", () => {
      finish()
      response.destroy()
    })
    request.on("close", finish)
  }

  const other = (request: IncomingMessage, response: ServerResponse, path: string): void => {
    request.resume()
    if (request.method !== "GET" && request.method !== "HEAD")
      return refuse(request, response, { status: 404, text: "not found\n" })
    serve(path, response).then(
      (answer) =>
        write(response, answer ?? { status: 404, text: "not found: deliveries go to /hooks/{source}\n" }, false),
      () => write(response, { status: 503, text: "not now\n", headers: { "retry-after": "5" } }, false)
    )
  }

  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    const { socket } = request
    quiet.delete(socket)
    response.on("close", () => {
      if (!socket.destroyed) quiet.add(socket)
    })
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
  const files = (): { cert: Buffer; key: Buffer } => ({
    cert: readFileSync(tls!.certFile),
    key: readFileSync(tls!.keyFile)
  })
  const server =
    tls === null ? createServer(settings, onRequest) : createTlsServer({ ...settings, ...files() }, onRequest)
  server.maxHeadersCount = 100
  server.on("connection", (socket: Socket) => {
    open += 1
    onConnections(open)
    quiet.add(socket)
    socket.once("close", () => {
      open -= 1
      onConnections(open)
      quiet.delete(socket)
    })
    if (open > connections) quiet.values().next().value?.destroy()
  })
  return {
    server,
    handle,
    drain: () => {
      draining = true
    },
    rereadTls: () => {
      if (tls !== null) (server as TlsServer).setSecureContext(files())
    }
  }
}
