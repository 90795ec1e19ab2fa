/**
 * The framing of a request's body on its way to the upstream (RFC 9112, section 6). The proxy writes it anew: the
 * client's framing headers are never passed on, whatever its `Connection` header names.
 */
import type { IncomingMessage } from "node:http"

export type Framing =
  | { readonly kind: "none" }
  | { readonly kind: "length"; readonly bytes: number }
  | { readonly kind: "chunked" }

/** An ambiguous request, which two servers could read differently: the proxy refuses it, and its connection ends. */
export interface AmbiguousRequest {
  readonly status: 400 | 501
  readonly error: string
  readonly message: string
}

/** Headers that only the proxy itself writes on the connection to the upstream. */
export const framingHeaders: ReadonlySet<string> = new Set(["content-length", "transfer-encoding"])

export const framingOf = ({ headers }: Pick<IncomingMessage, "headers">): Framing => {
  if (headers["transfer-encoding"] !== undefined) return { kind: "chunked" }
  const length = headers["content-length"]
  return length === undefined ? { kind: "none" } : { kind: "length", bytes: Number(length) }
}

export const hasBody = (request: Pick<IncomingMessage, "headers">): boolean => {
  const framing = framingOf(request)
  return framing.kind === "chunked" || (framing.kind === "length" && framing.bytes > 0)
}

export const framingHeaderLines = (framing: Framing): ReadonlyArray<string> =>
  framing.kind === "none"
    ? []
    : framing.kind === "length"
      ? ["Content-Length", String(framing.bytes)]
      : ["Transfer-Encoding", "chunked"]

/**
 * The ambiguity that Node's parser accepts and other servers may read otherwise; `null` for a request with one
 * meaning.
 */
export const ambiguityOf = ({
  headers,
  httpVersion,
  rawHeaders
}: Pick<IncomingMessage, "headers" | "httpVersion" | "rawHeaders">): AmbiguousRequest | null => {
  const bad = (message: string): AmbiguousRequest => ({ status: 400, error: "bad_request", message })
  const named = (name: string) => rawHeaders.filter((text, at) => at % 2 === 0 && text.toLowerCase() === name).length
  if (named("host") > 1) return bad("the request has more than one Host header")
  if (named("content-length") > 1) return bad("the request has more than one Content-Length header")
  const coding = headers["transfer-encoding"]
  const length = headers["content-length"]
  if (length !== undefined && !/^\d{1,15}$/.test(length)) return bad("its Content-Length is not a valid number")
  if (coding === undefined) return null
  if (length !== undefined) return bad("the request has both a Content-Length and a Transfer-Encoding")
  if (httpVersion === "1.0") return bad("a request of HTTP/1.0 has no Transfer-Encoding")
  if (coding.trim().toLowerCase() === "chunked") return null
  return { status: 501, error: "not_implemented", message: "it takes no Transfer-Encoding but chunked" }
}
