/**
 * Observes `node:http` and `node:https`, and so axios, got, needle, superagent and node-fetch, at the prototypes of
 * client request and response. Every request writes a header and emits events, and its response is pushed its bytes,
 * by whichever import the request was made. No listener is added, and no stream is switched to flowing.
 */
import http from "node:http"
import { Socket } from "node:net"
import { TLSSocket } from "node:tls"
import { isForwarders } from "../ForwarderCalls.js"
import type { CallObserver, Recorder } from "../recorder/Recorder.js"
import { bytesOf, defineHidden, type HookedPrototype } from "./HookedPrototype.js"
import { headerIn } from "./RawHeaders.js"

interface ClientRequest {
  readonly method: string
  readonly agent?: unknown
  readonly path: string
  readonly protocol?: string
  readonly host?: string
  readonly _header?: string
  readonly socket?: unknown
  [observed]?: CallObserver
}
interface IncomingMessage {
  readonly statusCode: number
  readonly rawHeaders: ReadonlyArray<string>
  [observed]?: CallObserver
}

const observed = Symbol("hookshift")

/** `isMirrors` tells a request that a mirror answers, and so records. */
export const instrumentNodeHttp = (
  recorder: Recorder,
  isMirrors: ((request: object) => boolean) | null = null
): void => {
  const isElsewhere =
    isMirrors === null ? isMocked : (request: ClientRequest): boolean => isMirrors(request) || isMocked(request)
  const request = http.ClientRequest.prototype as unknown as HookedPrototype
  const response = http.IncomingMessage.prototype as unknown as HookedPrototype
  const safely = (observe: () => void) => {
    try {
      observe()
    } catch {
      // an error of the recorder must not reach the program
    }
  }
  /** An inherited method is looked up at each call, since other libraries hook the same prototypes. */
  const inherited = (prototype: object, own: unknown, name: string) =>
    typeof own === "function"
      ? (own as (...values: Array<unknown>) => unknown)
      : (Object.getPrototypeOf(prototype) as HookedPrototype)[name]!
  const ownOf = (prototype: object, name: string): unknown =>
    Object.getOwnPropertyDescriptor(prototype, name)?.value as unknown

  const storeHeader = ownOf(request, "_storeHeader")
  defineHidden(request, "_storeHeader", function (this: ClientRequest, ...values: Array<unknown>) {
    const result = inherited(request, storeHeader, "_storeHeader").apply(this, values)
    safely(() => {
      const observer = this[observed] === undefined ? observe(recorder, this) : null
      if (observer !== null) defineHidden(this, observed, observer)
    })
    return result
  })

  const emit = ownOf(request, "emit")
  defineHidden(request, "emit", function (this: ClientRequest, ...values: Array<unknown>) {
    const observer = this[observed]
    if (observer !== undefined) safely(() => follow(observer, this, values[0], values[1], isElsewhere))
    return inherited(request, emit, "emit").apply(this, values)
  })

  const push = ownOf(response, "push")
  defineHidden(response, "push", function (this: IncomingMessage, ...values: Array<unknown>) {
    const observer = this[observed]
    if (observer !== undefined) {
      const chunk = values[0]
      safely(() => (chunk === null ? observer.end() : observer.chunk(bytesOf(chunk))))
    }
    return inherited(response, push, "push").apply(this, values)
  })

  if (recorder.keepsBodies) observeRequestBodies(request, ownOf, inherited, safely)
}

const observe = (recorder: Recorder, request: ClientRequest): CallObserver | null => {
  const head = request._header ?? ""
  const header = (name: string) => headerIn(head, name)
  const host = (header("host") ?? request.host ?? "").toLowerCase()
  if (request.method === "CONNECT" || isForwarders(request.agent)) return null
  if (!recorder.recordsHost(host)) {
    recorder.passBy(host)
    return null
  }
  const length = header("content-length")
  return recorder.begin({
    method: request.method,
    // A request to a forward proxy has the whole URL as its path.
    url: /^https?:\/\//i.test(request.path) ? request.path : `${request.protocol ?? "http:"}//${host}${request.path}`,
    host,
    authorization: header("authorization"),
    userAgent: header("user-agent"),
    requestBytes: length !== null ? Number(length) : header("transfer-encoding") !== null ? null : 0
  })
}

/**
 * Whether a test library replaces the network. nock 14, msw and similar libraries give a request a socket of their
 * own class, with a real socket behind it only where they pass the request through.
 */
const isMocked = ({ socket }: ClientRequest): boolean => {
  if (!(socket instanceof Socket) || socket instanceof TLSSocket) return false
  const isOwnClass = Object.getPrototypeOf(socket) !== Socket.prototype
  return isOwnClass && (socket as { _handle?: unknown })._handle == null && socket.remoteAddress === undefined
}

const follow = (
  observer: CallObserver,
  request: ClientRequest,
  event: unknown,
  value: unknown,
  isElsewhere: (request: ClientRequest) => boolean
): void => {
  if ((event === "response" || event === "error" || event === "close") && isElsewhere(request)) observer.withdraw()
  switch (event) {
    case "response": {
      const response = value as IncomingMessage
      observer.headers(response.statusCode, (name) => headerIn(response.rawHeaders, name))
      defineHidden(response, observed, observer)
      break
    }
    case "upgrade":
    case "connect": {
      const response = value as IncomingMessage
      observer.headers(response.statusCode, (name) => headerIn(response.rawHeaders, name))
      observer.end()
      break
    }
    case "error":
      observer.fail(value)
      break
    case "close":
      // A call that has not ended by now was cut off, by the program or by the network.
      observer.fail({ name: "Aborted" })
      break
  }
}

/** `write` and `end` take bytes, or a string with its encoding. */
const observeRequestBodies = (
  request: HookedPrototype,
  ownOf: (prototype: object, name: string) => unknown,
  inherited: (prototype: object, own: unknown, name: string) => (...values: Array<unknown>) => unknown,
  safely: (observe: () => void) => void
): void => {
  for (const name of ["write", "end"]) {
    const own = ownOf(request, name)
    defineHidden(request, name, function (this: ClientRequest, ...values: Array<unknown>) {
      const [chunk, encoding] = values
      // `end(chunk)` does not call `write`. The first call of either writes the header, which begins the observation.
      const result = inherited(request, own, name).apply(this, values)
      safely(() => {
        if (typeof chunk === "string")
          this[observed]?.sent(Buffer.from(chunk, typeof encoding === "string" ? (encoding as BufferEncoding) : "utf8"))
        else if (chunk instanceof Uint8Array) this[observed]?.sent(chunk)
      })
      return result
    })
  }
}
