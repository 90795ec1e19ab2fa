/** Headers through a reverse proxy (RFC 9110, section 7.6): headers for a single connection are not passed on. */
import type { IncomingMessage } from "node:http"
import { originHeader } from "../through/Ways.js"
import type { Arrival, ProxyRequest } from "./ClientSide.js"
import { framingHeaderLines, framingHeaders, framingOf } from "./Framing.js"
import { rebase, type Upstream } from "./Upstreams.js"

const hopByHop = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "transfer-encoding",
  "upgrade"
])

/**
 * Whether a header is for all recipients, and so never an option of the connection (RFC 9110, 7.6.1). A `Connection`
 * header that names it removes neither a message's framing nor its credential.
 */
const isForAll = (name: string): boolean =>
  framingHeaders.has(name) || name.startsWith("content-") || forAll.has(name) || replaced.has(name)

const forAll = new Set([
  "authorization",
  "cookie",
  "set-cookie",
  "cache-control",
  "expect",
  "range",
  "date",
  "location"
])

/** Name and value in turn, without headers for this connection; duplicates and spelling are kept. */
const endToEnd = (rawHeaders: ReadonlyArray<string>, connection: string | undefined): Array<string> => {
  const named =
    connection === undefined
      ? []
      : connection
          .toLowerCase()
          .trim()
          .split(/\s*,\s*/)
  const kept: Array<string> = []
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]!.toLowerCase()
    if (!hopByHop.has(name) && (!named.includes(name) || isForAll(name)))
      kept.push(rawHeaders[at]!, rawHeaders[at + 1]!)
  }
  return kept
}

/**
 * Trailers, without fields that a trailer section may not have (RFC 9110, 6.5.1): framing, routing, credentials,
 * connection.
 */
export const trailersOf = ({ rawTrailers }: Pick<IncomingMessage, "rawTrailers">): Array<[string, string]> => {
  const pairs: Array<[string, string]> = []
  for (let at = 0; at + 1 < rawTrailers.length; at += 2) {
    const name = rawTrailers[at]!.toLowerCase()
    if (!hopByHop.has(name) && !isForAll(name) && name !== "trailer")
      pairs.push([rawTrailers[at]!, rawTrailers[at + 1]!])
  }
  return pairs
}

const replaced = new Set(["host", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "via", originHeader])

/** Headers for the upstream. */
export const requestHeaders = (
  request: Pick<ProxyRequest, "headers" | "httpVersion" | "rawHeaders" | "socket">,
  upstream: Upstream,
  { encrypted, remoteAddress }: Pick<Arrival, "encrypted" | "remoteAddress">
): Array<string> => {
  const headers: Array<string> = ["Host", upstream.url.host]
  const passed = endToEnd(request.rawHeaders, request.headers.connection)
  for (let at = 0; at < passed.length; at += 2) {
    const name = passed[at]!.toLowerCase()
    if (!replaced.has(name) && !framingHeaders.has(name)) headers.push(passed[at]!, passed[at + 1]!)
  }
  const before = request.headers["x-forwarded-for"]
  const client = remoteAddress ?? request.socket?.remoteAddress ?? "unknown"
  headers.push("X-Forwarded-For", before === undefined ? client : `${String(before)}, ${client}`)
  headers.push("X-Forwarded-Host", String(request.headers["x-forwarded-host"] ?? request.headers.host ?? ""))
  headers.push("X-Forwarded-Proto", String(request.headers["x-forwarded-proto"] ?? (encrypted ? "https" : "http")))
  const via = request.headers.via
  headers.push("Via", `${via === undefined ? "" : `${via}, `}${request.httpVersion} hookshift`)
  headers.push(...framingHeaderLines(framingOf(request)))
  if (/(?:^|,)\s*trailers\s*(?:,|$)/i.test(String(request.headers.te ?? "")))
    headers.push("TE", "trailers", "Connection", "TE")
  else headers.push("Connection", "keep-alive")
  return headers
}

/**
 * Headers for the client. Addresses of the upstream become the proxy's, so that the client's next request comes here;
 * with no `proxyOrigin` they stay.
 */
export const responseHeaders = (
  response: IncomingMessage,
  upstream: Upstream,
  proxyOrigin: string | null
): Array<string> => {
  const headers = endToEnd(response.rawHeaders, response.headers.connection)
  if (proxyOrigin === null) return headers
  if (response.headers.location === undefined && response.headers.link === undefined) return headers
  for (let at = 0; at < headers.length; at += 2) {
    const name = headers[at]!.toLowerCase()
    if (name === "location" || name === "link") headers[at + 1] = rebase(headers[at + 1]!, upstream, proxyOrigin)
  }
  return headers
}
