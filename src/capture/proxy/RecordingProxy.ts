/**
 * A recording reverse proxy, for programs in any language. Bytes stream through both ways with back-pressure; the recorder
 * takes note beside them. Plain `node:http`, since every call of the program waits for it (bench/: proxy).
 */
import http, { type IncomingMessage, type ServerResponse } from "node:http"
import https from "node:https"
import type { AddressInfo, Socket } from "node:net"
import { readCaptureSettings } from "../CaptureSettings.js"
import { type CallObserver, openSharedRecorder, type Recorder, type RecorderOptions } from "../Recorder.js"
import { requestHeaders, responseHeaders } from "./ProxyHeaders.js"
import { passUpgrade } from "./Upgrade.js"
import { routeTo, type Target, type Upstream } from "./Upstreams.js"

export interface ProxySettings {
  readonly host: string
  readonly port: number
  readonly upstreams: ReadonlyArray<Upstream>
  /** PEM texts, when clients are to speak TLS with the proxy. */
  readonly tls: { readonly certificate: string; readonly key: string } | null
  /** How long an upstream may take to begin its answer, in milliseconds. */
  readonly timeoutMs: number
  readonly recorder: RecorderOptions
}

export interface RunningProxy {
  readonly url: string
  readonly port: number
  readonly recorder: Recorder
  /** Lets what is under way end, at most so long, and writes what was recorded. */
  readonly close: (graceMs?: number) => Promise<void>
}

/** An upstream that does not know `Expect: 100-continue` says nothing; after this long the body is sent all the same. */
const continueAfterMs = 1_000

export const openProxy = async (settings: ProxySettings): Promise<RunningProxy> => {
  const route = routeTo(settings.upstreams)
  const hosts = settings.recorder.hosts ?? readCaptureSettings(process.env).hosts
  const named = new Set(hosts.map((entry) => entry.split("=")[0]))
  const { recorder } = openSharedRecorder(
    {
      ...settings.recorder,
      // Who names an upstream wants it recorded.
      hosts: [...hosts, ...settings.upstreams.map(({ url }) => url.host).filter((host) => !named.has(host))]
    },
    "proxy"
  )
  const agents = {
    "http:": new http.Agent({ keepAlive: true, scheduling: "lifo", maxFreeSockets: 256 }),
    "https:": new https.Agent({ keepAlive: true, scheduling: "lifo", maxFreeSockets: 256 })
  }
  const encrypted = settings.tls !== null
  const options = { keepAliveTimeout: 65_000, requestTimeout: 0, noDelay: true }
  const server =
    settings.tls === null
      ? http.createServer(options)
      : https.createServer({ ...options, cert: settings.tls.certificate, key: settings.tls.key })

  const handle = (request: IncomingMessage, response: ServerResponse, expectsContinue: boolean): void => {
    const target = route(request.headers.host ?? "", request.url ?? "/")
    if (target === null) {
      refuse(
        response,
        404,
        "not_found",
        `no upstream is configured for ${request.method} requests to this host and path`
      )
      return
    }
    new Exchange(request, response, target, { agents, encrypted, recorder, timeoutMs: settings.timeoutMs }).send(
      expectsContinue
    )
  }
  server.on("request", (request, response) => handle(request, response, false))
  server.on("checkContinue", (request, response) => handle(request, response, true))
  server.on("upgrade", (request: IncomingMessage, socket: Socket, head: Buffer) => {
    const target = route(request.headers.host ?? "", request.url ?? "/")
    if (target === null) socket.end("HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
    else passUpgrade(request, socket, head, target, observe(recorder, request, target), encrypted)
  })
  server.on("connect", (_request, socket) => {
    socket.end("HTTP/1.1 405 Method Not Allowed\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
  })

  await new Promise<void>((resolve, reject) => {
    server.once("error", reject)
    server.listen(settings.port, settings.host, resolve)
  })
  const { port } = server.address() as AddressInfo
  return {
    url: `${encrypted ? "https" : "http"}://${settings.host.includes(":") ? `[${settings.host}]` : settings.host}:${port}`,
    port,
    recorder,
    close: async (graceMs = 5_000) => {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeIdleConnections()
      const force = setTimeout(() => server.closeAllConnections(), graceMs)
      await closed
      clearTimeout(force)
      agents["http:"].destroy()
      agents["https:"].destroy()
      await recorder.close()
    }
  }
}

const observe = (recorder: Recorder, request: IncomingMessage, { path, upstream }: Target): CallObserver | null => {
  const length = request.headers["content-length"]
  return recorder.begin({
    method: request.method ?? "GET",
    url: `${upstream.url.origin}${path}`,
    host: upstream.url.host,
    authorization: request.headers.authorization ?? null,
    userAgent: request.headers["user-agent"] ?? null,
    requestBytes: length !== undefined ? Number(length) : request.headers["transfer-encoding"] !== undefined ? null : 0
  })
}

/** An answer of the proxy's own: what happened, for people and for programs. */
const refuse = (response: ServerResponse, status: number, error: string, message: string): void => {
  if (response.headersSent || response.destroyed) {
    response.destroy()
    return
  }
  const body = `${JSON.stringify({ error, message: `hookshift proxy: ${message}` })}\n`
  response.writeHead(status, { "content-type": "application/json", "content-length": Buffer.byteLength(body) })
  response.end(body)
}

interface Means {
  readonly agents: { readonly "http:": http.Agent; readonly "https:": https.Agent }
  readonly encrypted: boolean
  readonly recorder: Recorder
  readonly timeoutMs: number
}

/** One request and its answer. */
class Exchange {
  private readonly observer: CallObserver | null
  private upstreamRequest: http.ClientRequest | undefined
  private retried = false
  private over = false

  constructor(
    private readonly request: IncomingMessage,
    private readonly response: ServerResponse,
    private readonly target: Target,
    private readonly means: Means
  ) {
    this.observer = observe(means.recorder, request, target)
    response.on("close", () => {
      if (!response.writableFinished) this.stop({ name: "Aborted" })
    })
  }

  send(expectsContinue: boolean): void {
    const { means, request, target } = this
    const { protocol } = target.upstream.url
    const outgoing = (protocol === "https:" ? https : http).request({
      protocol,
      hostname: target.upstream.url.hostname.replace(/^\[|\]$/g, ""),
      port: target.upstream.url.port,
      method: request.method,
      path: target.path,
      headers: requestHeaders(request, target.upstream, means.encrypted) as never,
      agent: protocol === "https:" ? means.agents["https:"] : means.agents["http:"],
      setHost: false
    })
    this.upstreamRequest = outgoing
    outgoing.setTimeout(means.timeoutMs, () =>
      outgoing.destroy(Object.assign(new Error("timeout"), { code: "ETIMEDOUT" }))
    )
    outgoing.on("response", (answer) => this.answer(answer))
    outgoing.on("information", ({ headers, statusCode }) => {
      if (statusCode === 103 && headers["link"] !== undefined && !this.response.headersSent)
        this.response.writeEarlyHints({ link: headers["link"] as string })
    })
    outgoing.on("error", (error: NodeJS.ErrnoException) => this.failed(error, outgoing))
    if (expectsContinue) this.sendOnceWanted(outgoing)
    else this.sendBody(outgoing)
  }

  private sendOnceWanted(outgoing: http.ClientRequest): void {
    let wanted = false
    const go = () => {
      clearTimeout(timer)
      if (wanted || this.response.headersSent) return
      wanted = true
      this.response.writeContinue()
      this.sendBody(outgoing)
    }
    const timer = setTimeout(go, continueAfterMs)
    outgoing.once("continue", go)
    outgoing.once("close", () => clearTimeout(timer))
    outgoing.once("response", () => {
      clearTimeout(timer)
      // Answered without the body: the client keeps it, and the upstream's connection is not reused.
      if (!wanted) this.response.shouldKeepAlive = false
    })
    outgoing.flushHeaders()
  }

  private sendBody(outgoing: http.ClientRequest): void {
    const { request } = this
    const hasBody =
      request.headers["content-length"] !== undefined || request.headers["transfer-encoding"] !== undefined
    if (!hasBody) {
      outgoing.end()
      return
    }
    if (this.observer !== null && this.means.recorder.keepsBodies)
      request.on("data", (chunk: Buffer) => this.observer?.sent(chunk))
    request.pipe(outgoing)
  }

  private answer(answer: IncomingMessage): void {
    const { observer, response, target } = this
    observer?.headers(answer.statusCode ?? 0, (name) => {
      const value = answer.headers[name]
      return value === undefined ? null : String(value)
    })
    this.upstreamRequest?.setTimeout(0)
    const origin = `${this.means.encrypted ? "https" : "http"}://${this.request.headers.host ?? ""}`
    response.sendDate = false
    // A flat list keeps duplicates and spelling; the types know only pairs.
    response.writeHead(
      answer.statusCode ?? 502,
      answer.statusMessage ?? "",
      responseHeaders(answer, target.upstream, origin) as never
    )
    let written = false
    // An answer whose body takes its time shows its headers at once; one that is all here goes out in one piece.
    setImmediate(() => {
      if (!written && !response.destroyed) response.flushHeaders()
    })
    answer.on("data", (chunk: Buffer) => {
      written = true
      observer?.chunk(chunk)
      if (!response.write(chunk)) answer.pause()
    })
    response.on("drain", () => answer.resume())
    answer.on("end", () => {
      written = true
      this.over = true
      observer?.end()
      const trailers = trailerPairs(answer)
      if (trailers.length > 0) response.addTrailers(trailers)
      response.end()
    })
    answer.on("error", (error) => {
      this.stop(error)
      response.destroy()
    })
  }

  private failed(error: NodeJS.ErrnoException, outgoing: http.ClientRequest): void {
    if (this.over || outgoing !== this.upstreamRequest) return
    // The upstream closed a kept connection as this request went out: nothing was done, and another one will do.
    const safe =
      /^(?:GET|HEAD|OPTIONS)$/.test(this.request.method ?? "") && this.request.headers["content-length"] === undefined
    if (outgoing.reusedSocket && error.code === "ECONNRESET" && safe && !this.retried && !this.response.headersSent) {
      this.retried = true
      this.send(false)
      return
    }
    this.stop(error)
    const { host } = this.target.upstream.url
    if (error.code === "ETIMEDOUT" || error.message === "timeout")
      refuse(this.response, 504, "gateway_timeout", `${host} did not answer in time`)
    else refuse(this.response, 502, "bad_gateway", `${host} could not be reached (${error.code ?? "connection error"})`)
  }

  private stop(error: unknown): void {
    if (this.over) return
    this.over = true
    this.observer?.fail(error)
    this.upstreamRequest?.destroy()
  }
}

const trailerPairs = ({ rawTrailers }: IncomingMessage): Array<[string, string]> => {
  const pairs: Array<[string, string]> = []
  for (let at = 0; at + 1 < rawTrailers.length; at += 2) pairs.push([rawTrailers[at]!, rawTrailers[at + 1]!])
  return pairs
}
