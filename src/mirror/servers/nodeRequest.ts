/** The common part of Express and Fastify: a `node:http` request whose body is still to come, or was read before. */
import type { IncomingMessage, ServerResponse } from "node:http"
import type { TLSSocket } from "node:tls"
import { type Arrival, hasBody, refuse } from "../../capture/index.js"
import type { ReadRequest } from "../../receiver/index.js"
import type { Mirror } from "../createMirror.js"
import { GivenRequest } from "./GivenRequest.js"
import { mountAddress } from "./MountAddress.js"
import { keptBody, readTooEarly } from "./readBody.js"

/** Where a server has mounted the mirror, as a request shows it. */
export interface Mount {
  /** The mount path, such as `/helpdesk`; empty at the root. */
  readonly path: string
  /** The request's target below it. */
  readonly url: string
  /** As the server knows it: behind a proxy that it trusts, the proxy's. */
  readonly protocol: string | undefined
  readonly publicUrl: string | undefined
}

export const serveNode = (
  mirror: Pick<Mirror, "publicUrl" | "serve">,
  request: IncomingMessage & ReadRequest,
  response: ServerResponse,
  mount: Mount,
  consumed: () => void = () => refuse(request, response, 500, "body_consumed", readTooEarly, "hookshift mirror")
): void => {
  if (request.httpVersionMajor > 1) return refuseHttp2(response)
  const arrival = arrivalOf(mirror, request, mount)
  if (!hasBody(request) || !request.readableDidRead) return mirror.serve(request, response, arrival)
  const kept = keptBody(request, request.headers["content-encoding"])
  if (kept === null) return consumed()
  const { headers, method = "GET", rawHeaders } = request
  mirror.serve(new GivenRequest({ method, url: mount.url, headers, rawHeaders }, kept), response, {
    ...arrival,
    remoteAddress: request.socket.remoteAddress
  })
}

const arrivalOf = (
  mirror: Pick<Mirror, "publicUrl">,
  { headers: { host }, socket }: IncomingMessage,
  mount: Mount
): Arrival => {
  const { path, protocol, url } = mount
  const scheme = protocol ?? ((socket as Partial<TLSSocket>).encrypted === true ? "https" : "http")
  const authority = host ?? `${socket.localAddress}:${socket.localPort}`
  return {
    url,
    encrypted: scheme === "https",
    origin: mountAddress(mirror, mount, `${scheme}://${authority}${path}`)
  }
}

const refuseHttp2 = (response: ServerResponse): void => {
  const message =
    "hookshift mirror: this handler takes HTTP/1.1: use fetchHandler, or serve the mirror's path without HTTP/2"
  response.writeHead(505, { "content-type": "application/json" })
  response.end(`${JSON.stringify({ error: "http_version_not_supported", message })}\n`)
}
