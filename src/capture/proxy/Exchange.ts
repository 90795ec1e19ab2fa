/** A request through the proxy, and its answer. Both stream with back-pressure, and are recorded. */
import http, { type IncomingMessage } from "node:http"
import https from "node:https"
import { discardRest, lingerOnClose } from "../../domain/LingeringClose.js"
import type { CallObserver, Recorder } from "../recorder/Recorder.js"
import type { Arrival, ProxyRequest, ProxyResponse } from "./ClientSide.js"
import type { Deadlines } from "./Deadlines.js"
import { framingOf, hasBody } from "./Framing.js"
import type { Decision, WholeAnswer } from "./Intermediary.js"
import type { OwnName } from "./OwnWords.js"
import { requestHeaders, responseHeaders, trailersOf } from "./ProxyHeaders.js"
import { writeHead } from "./ResponseHead.js"
import type { UpstreamAgents } from "./UpstreamAgents.js"
import type { Target } from "./Upstreams.js"
import { flat, isSeen, reasonPhrase, sendOnceSeen } from "./WholeAnswers.js"

/** After this long the body is sent without an interim answer: some upstreams ignore `Expect: 100-continue`. */
const continueAfterMs = 1_000
/** How long the rest of a refused body is read and discarded, so that the client reads its answer; as nginx, 30 s. */
const lingerMs = 30_000

export interface ProxyContext {
  readonly agents: UpstreamAgents
  readonly recorder: Recorder
  readonly deadlines: Deadlines
  readonly ownName: OwnName
}

/** An intermediary's wishes for an exchange (Intermediary.ts). */
export type Passing = Pick<Extract<Decision, { kind: "pass" }>, "headers" | "look" | "keepsLinks">

const unwatched: Passing = { headers: {}, look: null }

export const observe = (
  recorder: Recorder,
  request: Pick<ProxyRequest, "headers" | "method">,
  { path, upstream }: Target
): CallObserver | null => {
  const framing = framingOf(request)
  return recorder.begin({
    method: request.method ?? "GET",
    url: `${upstream.url.origin}${path === "*" ? "/" : path}`,
    host: upstream.url.host,
    authorization: request.headers.authorization ?? null,
    userAgent: request.headers["user-agent"] ?? null,
    requestBytes: framing.kind === "length" ? framing.bytes : framing.kind === "chunked" ? null : 0
  })
}

/** The proxy's own answer: an error for programs, and a message for people. */
export const refuse = (
  request: ProxyRequest,
  response: ProxyResponse,
  status: number,
  error: string,
  message: string,
  by: OwnName
): void => {
  if (response.headersSent || response.destroyed) {
    response.destroy()
    return
  }
  const body = `${JSON.stringify({ error, message: `${by}: ${message}` })}\n`
  lingerOnClose(request, lingerMs)
  const length = String(Buffer.byteLength(body))
  writeHead(response, status, null, ["content-type", "application/json", "content-length", length])
  response.end(body)
}

/** An answer in place of the upstream's. */
export const answerWhole = (request: ProxyRequest, response: ProxyResponse, answer: WholeAnswer): void => {
  if (response.headersSent || response.destroyed) return
  lingerOnClose(request, lingerMs)
  writeHead(response, answer.status, null, [...flat(answer.headers), "content-length", String(answer.body.length)])
  response.end(answer.body)
}

const brokenBody = "ERR_REQUEST_BODY"
const brokenOff = (): Error => Object.assign(new Error("the request's body ended early"), { code: brokenBody })

export class Exchange {
  private readonly observer: CallObserver | null
  private upstreamRequest: http.ClientRequest | undefined
  private retried = false
  private over = false
  private answering = false
  private sendsBody = false

  constructor(
    private readonly request: ProxyRequest,
    private readonly response: ProxyResponse,
    private readonly target: Target,
    private readonly arrival: Arrival,
    private readonly context: ProxyContext,
    private readonly passing: Passing = unwatched
  ) {
    this.observer = observe(context.recorder, request, target)
    response.on("close", () => {
      if (!response.writableFinished) this.stop({ name: "Aborted" })
    })
  }

  send(expectsContinue: boolean): void {
    const { arrival, context, request, target } = this
    const { protocol } = target.upstream.url
    const outgoing = (protocol === "https:" ? https : http).request({
      protocol,
      hostname: target.upstream.url.hostname.replace(/^\[|\]$/g, ""),
      port: target.upstream.url.port,
      method: request.method,
      path: target.path,
      headers: requestHeaders(request, target.upstream, arrival) as never,
      agent: protocol === "https:" ? context.agents["https:"] : context.agents["http:"],
      setHost: false
    })
    outgoing.maxHeadersCount = 0
    this.upstreamRequest = outgoing
    context.deadlines.add(this)
    outgoing.on("response", (answer) => this.answer(answer))
    outgoing.on("information", ({ headers, statusCode }) => {
      // HTTP/1.0 has no interim answers.
      if (this.response.headersSent || request.httpVersion === "1.0") return
      if (statusCode === 102) this.response.writeProcessing()
      if (statusCode === 103 && headers["link"] !== undefined)
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
      // The upstream answered without the body: the client does not send it, and the connection is not reused.
      if (!wanted) this.response.shouldKeepAlive = false
    })
    outgoing.flushHeaders()
  }

  private sendBody(outgoing: http.ClientRequest): void {
    const { request } = this
    this.sendsBody = true
    if (!hasBody(request)) {
      outgoing.end()
      return
    }
    if (this.observer !== null && this.context.recorder.keepsBodies)
      request.on("data", (chunk: Buffer) => this.observer?.sent(chunk))
    // Not pipe(): Node's client emits no "drain" after a complete answer, and an upload that continues would stop.
    const written = (): void => {
      if (request.isPaused()) request.resume()
    }
    const send = (chunk: Buffer): void => {
      if (!outgoing.write(chunk, written)) request.pause()
    }
    request.on("data", send)
    request.once("end", () => {
      const trailers = trailersOf(request)
      if (trailers.length > 0) outgoing.addTrailers(trailers)
      outgoing.end()
    })
    // The client left after its answer, with the body sent in part: the upstream must not wait for the rest.
    request.once("close", () => {
      if (!request.complete) outgoing.destroy(brokenOff())
    })
    // The upstream takes no more of the body.
    outgoing.once("close", () => {
      request.off("data", send)
      discardRest(request, lingerMs)
    })
  }

  private answer(answer: IncomingMessage): void {
    const { observer, response, target } = this
    observer?.headers(answer.statusCode ?? 0, (name) => {
      const value = answer.headers[name]
      return value === undefined ? null : String(value)
    })
    this.context.deadlines.delete(this)
    this.answering = true
    // The client may still be sending the body.
    lingerOnClose(this.request, lingerMs)
    response.sendDate = false
    const { look } = this.passing
    const length = Number(answer.headers["content-length"] ?? 0)
    const headers = responseHeaders(
      answer,
      target.upstream,
      this.passing.keepsLinks === true ? null : this.arrival.origin
    )
    const added = Object.entries(this.passing.headers).flat()
    if (look !== null && isSeen(answer) && length <= look.mostBytes)
      return sendOnceSeen({
        answer,
        response,
        look,
        headers,
        added,
        bodyless: this.request.method === "HEAD" || answer.statusCode === 204 || answer.statusCode === 304,
        onChunk: (chunk) => observer?.chunk(chunk),
        onEnd: () => this.ended(),
        onError: (error) => {
          this.stop(error)
          response.destroy()
        }
      })
    look?.unseen()
    writeHead(response, answer.statusCode ?? 502, reasonPhrase(answer), [...headers, ...added])
    let written = false
    // Headers of a slow answer are sent at once; an answer that is complete by now goes out in one piece.
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
      this.ended()
      const trailers = trailersOf(answer)
      if (trailers.length > 0) response.addTrailers(trailers)
      response.end()
    })
    answer.on("error", (error) => {
      this.stop(error)
      response.destroy()
    })
  }

  private ended(): void {
    this.over = true
    this.observer?.end()
    // The upstream wants no body, or no more of it.
    const closes = this.upstreamRequest?.shouldKeepAlive === false && !this.request.complete
    if (!this.sendsBody || closes) this.upstreamRequest?.destroy()
  }

  private failed(error: NodeJS.ErrnoException, outgoing: http.ClientRequest): void {
    // An upstream that has begun to answer may refuse the rest of the body: the answer's own end or failure decides.
    if (this.over || this.answering || outgoing !== this.upstreamRequest) return
    // The upstream closed a kept connection as this request was sent: it did nothing, and the request is sent again.
    const safe = /^(?:GET|HEAD|OPTIONS)$/.test(this.request.method ?? "") && !hasBody(this.request)
    if (outgoing.reusedSocket && error.code === "ECONNRESET" && safe && !this.retried && !this.response.headersSent) {
      this.retried = true
      this.send(false)
      return
    }
    this.stop(error)
    const { host } = this.target.upstream.url
    const fail = (status: number, name: string, message: string): void =>
      refuse(this.request, this.response, status, name, message, this.context.ownName)
    if (error.code === brokenBody) fail(400, "bad_request", "the request's body ended before it was whole")
    else if (error.code === "ETIMEDOUT") fail(504, "gateway_timeout", `${host} did not answer in time`)
    else fail(502, "bad_gateway", `${host} could not be reached (${error.code ?? "connection error"})`)
  }

  /** Called when the upstream has not begun its answer in time. */
  timedOut(): void {
    // The client is still sending the body, so the upstream has nothing to answer yet.
    const waitsForClient = !this.request.complete && this.upstreamRequest?.writableNeedDrain === false
    if (waitsForClient && !this.over) return this.context.deadlines.add(this)
    this.upstreamRequest?.destroy(Object.assign(new Error("timeout"), { code: "ETIMEDOUT" }))
  }

  private stop(error: unknown): void {
    if (this.over) return
    this.context.deadlines.delete(this)
    if (!this.answering) this.passing.look?.unseen()
    this.over = true
    this.observer?.fail(error)
    this.upstreamRequest?.destroy()
  }
}
