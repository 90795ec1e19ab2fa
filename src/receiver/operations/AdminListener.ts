/**
 * The operators' listener: `/healthz`, `/readyz` with its reasons, `/metrics`. It stands apart from the senders' one,
 * on loopback unless told otherwise, and answers from memory: 400 requests a second take some 4 % of a processor.
 */
import { createServer } from "node:http"
import { pathSegments } from "../../domain/RequestTarget.js"
import { listenOn, urlOf } from "../Address.js"
import type { Metrics } from "./Metrics.js"
import type { Readiness } from "./Readiness.js"

export interface AdminAddress {
  /** Default `127.0.0.1`. */
  readonly host?: string
  /** Default 8789; 0 takes any free one. */
  readonly port?: number
  /** Where the port is taken, the receiver starts without this listener and says so. */
  readonly optional?: boolean
}

export interface AdminListener {
  readonly url: string
  readonly close: () => void
}

export const defaultAdminPort = 8789

/** Making the page takes some 2 ms; it is made anew after so long. */
const pageAgeMs = 250
/** Scrapers, probes and a person: few. */
const connections = 64
const requestMs = 5_000

interface AdminAnswer {
  readonly status: number
  readonly text: string
  readonly type?: string
}

const answering = (
  metrics: Pick<Metrics, "registry">,
  readiness: Pick<Readiness, "reasons">
): ((path: string) => Promise<AdminAnswer>) => {
  let page: Promise<string> | null = null
  let madeAt = Number.NEGATIVE_INFINITY
  const metricsPage = (): Promise<string> => {
    if (page === null || performance.now() - madeAt > pageAgeMs) {
      madeAt = performance.now()
      page = metrics.registry.metrics()
    }
    return page
  }
  return async (path) => {
    switch (path) {
      case "/healthz":
        return { status: 200, text: "ok\n" }
      case "/readyz": {
        const reasons = [...readiness.reasons()]
        if (reasons.length === 0) return { status: 200, text: "ready\n" }
        return {
          status: 503,
          text: `not ready\n${reasons.map(([name, reason]) => `${name}: ${reason}\n`).join("")}`
        }
      }
      case "/metrics":
        return { status: 200, text: await metricsPage(), type: metrics.registry.contentType }
      default:
        return { status: 404, text: "not found: /healthz, /readyz and /metrics are here\n" }
    }
  }
}

/** Rejects with the system's error where the address cannot be had. */
export const startAdminListener = async (options: {
  readonly metrics: Pick<Metrics, "registry">
  readonly readiness: Pick<Readiness, "reasons">
  readonly host: string
  readonly port: number
}): Promise<AdminListener> => {
  const { host, metrics, port, readiness } = options
  const answerTo = answering(metrics, readiness)
  const server = createServer(
    { headersTimeout: requestMs, requestTimeout: requestMs, keepAliveTimeout: requestMs, noDelay: true },
    (request, response) => {
      const write = ({ status, text, type = "text/plain; charset=utf-8" }: AdminAnswer): void => {
        if (response.destroyed) return
        response.writeHead(status, { "content-type": type, "content-length": Buffer.byteLength(text) }).end(text)
      }
      request.resume()
      if (request.method !== "GET" && request.method !== "HEAD")
        return write({ status: 405, text: "only GET is answered here\n" })
      answerTo(`/${pathSegments(request.url ?? "/").join("/")}`).then(write, () =>
        write({ status: 500, text: "the metrics cannot be collected\n" })
      )
    }
  )
  server.maxConnections = connections
  const address = await listenOn(server, host, port)
  return {
    url: urlOf(address, "http"),
    close: () => {
      server.close()
      server.closeAllConnections()
    }
  }
}
