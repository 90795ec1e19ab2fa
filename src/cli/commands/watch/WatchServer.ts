/**
 * The live page's server: the page, its figures, and a stream of them. Answers on loopback alone, to GET, and only
 * where `Host` names a loopback address: a page of the web whose name is made to resolve here gets nothing.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http"
import { authorityOf, isLoopback } from "../../Listening.js"
import { page } from "./page.js"

export interface WatchServer {
  readonly url: string
  readonly port: number
  /** Sends them to every open page. */
  readonly show: (figures: string) => void
  readonly close: () => Promise<void>
}

/** Open pages at once. */
const mostPages = 32
/** So that proxies and browsers keep a quiet stream open. */
const heartbeatMs = 15_000

/** Rejects where the address cannot be listened on. */
export const startWatchServer = async (host: string, port: number): Promise<WatchServer> => {
  const open = new Set<ServerResponse>()
  let newest: string | null = null
  const server = createServer((request, response) => {
    answer(request, response, () => newest, open)
  })
  server.requestTimeout = 10_000
  await listening(server, host, port)
  const heartbeat = setInterval(() => {
    for (const stream of open) stream.write(": still here\n\n")
  }, heartbeatMs)
  const address = server.address()
  const taken = typeof address === "object" && address !== null ? address.port : port
  return {
    port: taken,
    url: `http://${authorityOf(host)}:${taken}/`,
    show: (figures) => {
      newest = figures
      for (const stream of open) send(stream, figures)
    },
    close: () => {
      clearInterval(heartbeat)
      for (const stream of open) stream.end()
      server.closeAllConnections()
      return new Promise((resolve) => server.close(() => resolve()))
    }
  }
}

const listening = (server: Server, host: string, port: number): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once("error", reject)
    server.listen(port, host, () => {
      server.off("error", reject)
      resolve()
    })
  })

const headers = {
  "cache-control": "no-store",
  "content-security-policy":
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "cross-origin-resource-policy": "same-origin"
}

const answer = (
  request: IncomingMessage,
  response: ServerResponse,
  newest: () => string | null,
  open: Set<ServerResponse>
): void => {
  const end = (status: number, type: string, body: string): void => {
    response.writeHead(status, { ...headers, "content-type": type })
    response.end(request.method === "HEAD" ? undefined : body)
  }
  if (!isLoopback(request.headers.host ?? ""))
    return end(403, "text/plain", "this page answers to a loopback name only\n")
  if (request.method !== "GET" && request.method !== "HEAD") return end(405, "text/plain", "GET only\n")
  switch (request.url?.split("?")[0]) {
    case "/":
      return end(200, "text/html; charset=utf-8", page)
    case "/figures":
      return end(200, "application/json", newest() ?? "null")
    case "/stream":
      if (open.size >= mostPages) return end(503, "text/plain", `${mostPages} pages are open: close one\n`)
      response.writeHead(200, { ...headers, "content-type": "text/event-stream" })
      if (request.method === "HEAD") return void response.end()
      open.add(response)
      response.on("close", () => open.delete(response))
      if (newest() !== null) send(response, newest()!)
      return
    default:
      return end(404, "text/plain", "there is / and /figures\n")
  }
}

/** Most bytes that wait for a page that does not read. */
const mostUnread = 1 << 20

/** JSON has no line break, so a message is one line. */
const send = (stream: ServerResponse, figures: string): void => {
  if (stream.writableLength > mostUnread) stream.destroy()
  else stream.write(`data: ${figures}\n\n`)
}
