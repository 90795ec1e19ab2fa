/**
 * The client's side of an exchange. `node:http`'s own objects fit as they are; a server that answers a `Request` with a
 * `Response` brings others (mirror/servers).
 */
import type { IncomingMessage, ServerResponse } from "node:http"
import type { Socket } from "node:net"
import type { Readable, Writable } from "node:stream"

export interface ProxyRequest
  extends Readable,
    Pick<
      IncomingMessage,
      "complete" | "headers" | "httpVersion" | "method" | "rawHeaders" | "rawTrailers" | "trailers" | "url"
    > {
  /** `null` where the request has none of its own. */
  readonly socket: Socket | null
}

export interface ProxyResponse
  extends Writable,
    Pick<
      ServerResponse,
      "addTrailers" | "flushHeaders" | "headersSent" | "sendDate" | "writeContinue" | "writeProcessing"
    > {
  shouldKeepAlive: boolean
  writeHead(status: number, headers?: Array<string>): unknown
  writeHead(status: number, reason: string, headers?: Array<string>): unknown
  readonly writeEarlyHints: (hints: Record<string, string | Array<string>>) => void
}

/** Where a request came in. */
export interface Arrival {
  /** The target of its request line; below the mount path, where a server has mounted the proxy there. */
  readonly url: string
  readonly encrypted: boolean
  /** The proxy's address for this client, with its mount path: upstream addresses in answers become this one. */
  readonly origin: string
  /** The client's, where the request's own socket does not tell. */
  readonly remoteAddress?: string | undefined
}
