/**
 * Watches `node:http` and `node:https`, and so axios, got, needle, superagent and node-fetch, by the prototypes of their
 * client request and its response: however a request was made, by whichever import, it writes a header, emits what
 * happens to it, and its response is pushed its bytes. No listener is added and no stream is switched to flowing.
 */
import http from "node:http"
import { Socket } from "node:net"
import { TLSSocket } from "node:tls"
import type { CallObserver, Recorder } from "../recorder/Recorder.js"
import { bytesOf, defineHidden, type Hooked, headerIn } from "./Hooking.js"

interface ClientRequest {
  readonly method: string
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

export const instrumentNodeHttp = (recorder: Recorder): void => {
  const request = http.ClientRequest.prototype as unknown as Hooked
  const response = http.IncomingMessage.prototype as unknown as Hooked
  const note = (take: () => void) => {
    try {
      take()
    } catch {
      // taking note must never cost the program its answer
    }
  }
  /** The method as it is inherited at the moment of the call, since others hook the same prototypes. */
  const inherited = (prototype: object, own: unknown, name: string) =>
    typeof own === "function"
      ? (own as (...values: Array<unknown>) => unknown)
      : (Object.getPrototypeOf(prototype) as Hooked)[name]!
  const ownOf = (prototype: object, name: string): unknown =>
    Object.getOwnPropertyDescriptor(prototype, name)?.value as unknown

  const storeHeader = ownOf(request, "_storeHeader")
  defineHidden(request, "_storeHeader", function (this: ClientRequest, ...values: Array<unknown>) {
    const result = inherited(request, storeHeader, "_storeHeader").apply(this, values)
    note(() => {
      const observer = this[observed] === undefined ? observe(recorder, this) : null
      if (observer !== null) defineHidden(this, observed, observer)
    })
    return result
  })

  const emit = ownOf(request, "emit")
  defineHidden(request, "emit", function (this: ClientRequest, ...values: Array<unknown>) {
    const observer = this[observed]
    if (observer !== undefined) note(() => follow(observer, this, values[0], values[1]))
    return inherited(request, emit, "emit").apply(this, values)
  })

  const push = ownOf(response, "push")
  defineHidden(response, "push", function (this: IncomingMessage, ...values: Array<unknown>) {
    const observer = this[observed]
    if (observer !== undefined) {
      const chunk = values[0]
      note(() => (chunk === null ? observer.end() : observer.chunk(bytesOf(chunk))))
    }
    return inherited(response, push, "push").apply(this, values)
  })

  if (recorder.keepsBodies) watchRequestBodies(request, ownOf, inherited, note)
}

const observe = (recorder: Recorder, request: ClientRequest): CallObserver | null => {
  const head = request._header ?? ""
  const header = (name: string) => headerIn(head, name)
  const host = (header("host") ?? request.host ?? "").toLowerCase()
  if (request.method === "CONNECT") return null
  if (!recorder.recordsHost(host)) {
    recorder.passBy(host)
    return null
  }
  const length = header("content-length")
  return recorder.begin({
    method: request.method,
    // To a forward proxy the path is the whole URL.
    url: /^https?:\/\//i.test(request.path) ? request.path : `${request.protocol ?? "http:"}//${host}${request.path}`,
    host,
    authorization: header("authorization"),
    userAgent: header("user-agent"),
    requestBytes: length !== null ? Number(length) : header("transfer-encoding") !== null ? null : 0
  })
}

/**
 * Whether a test library stands in for the network: nock 14, msw and their like give a request a socket of a class of their own,
 * which has a real one behind it only where they let the request through.
 */
const isMocked = ({ socket }: ClientRequest): boolean => {
  if (!(socket instanceof Socket) || socket instanceof TLSSocket) return false
  const isOwnClass = Object.getPrototypeOf(socket) !== Socket.prototype
  return isOwnClass && (socket as { _handle?: unknown })._handle == null && socket.remoteAddress === undefined
}

const follow = (observer: CallObserver, request: ClientRequest, event: unknown, value: unknown): void => {
  if ((event === "response" || event === "error" || event === "close") && isMocked(request)) observer.withdraw()
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
      // Whatever has not ended by now was cut off, by the program or on its way.
      observer.fail({ name: "Aborted" })
      break
  }
}

/** `write` and `end` take strings in an encoding, or bytes. */
const watchRequestBodies = (
  request: Hooked,
  ownOf: (prototype: object, name: string) => unknown,
  inherited: (prototype: object, own: unknown, name: string) => (...values: Array<unknown>) => unknown,
  note: (take: () => void) => void
): void => {
  for (const name of ["write", "end"]) {
    const own = ownOf(request, name)
    defineHidden(request, name, function (this: ClientRequest, ...values: Array<unknown>) {
      const [chunk, encoding] = values
      // `end(chunk)` does not come back through `write`; the header, and with it the observer, comes with the first of them.
      const result = inherited(request, own, name).apply(this, values)
      note(() => {
        if (typeof chunk === "string")
          this[observed]?.sent(Buffer.from(chunk, typeof encoding === "string" ? (encoding as BufferEncoding) : "utf8"))
        else if (chunk instanceof Uint8Array) this[observed]?.sent(chunk)
      })
      return result
    })
  }
}
