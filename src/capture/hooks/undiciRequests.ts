/**
 * Observes every copy of undici in the process (built-in `fetch`, npm `undici` 5 to 8) at the request that goes over
 * a connection, which all their interfaces share. Each copy announces its requests on one diagnostics channel. With
 * the first announcement the callbacks of that copy's request class are wrapped; they pass everything on unchanged.
 */
import { subscribe } from "node:diagnostics_channel"
import type { CallObserver, Recorder } from "../recorder/Recorder.js"
import { bytesOf, defineHidden, type HookedPrototype } from "./HookedPrototype.js"
import { headerIn } from "./RawHeaders.js"

interface UndiciRequest {
  readonly origin?: string | URL
  readonly path: string
  readonly method: string
  /** Version 5 has the header's text; later versions have name and value in turn. */
  readonly headers: string | ReadonlyArray<unknown>
  readonly body?: unknown
  readonly contentLength?: number | null
}

const observed = Symbol("hookshift")
type ObservedRequest = UndiciRequest & { [observed]?: CallObserver }

export const instrumentUndici = (recorder: Recorder): void => {
  const wrapped = new WeakSet<object>()
  subscribe("undici:request:create", (message) => {
    try {
      const { request } = message as { readonly request: ObservedRequest }
      const observer = observe(recorder, request)
      if (observer === null) return
      const type = Object.getPrototypeOf(request) as HookedPrototype
      if (!wrapped.has(type)) {
        wrapped.add(type)
        wrapCallbacks(type)
      }
      // An ordinary property: the object is undici's own, and no program prints it.
      request[observed] = observer
    } catch {
      // the request is malformed: the program's own call reports it
    }
  })
}

const observe = (recorder: Recorder, request: UndiciRequest): CallObserver | null => {
  if (request.method === "CONNECT") return null
  const origin = request.origin instanceof URL ? request.origin.origin : String(request.origin)
  const host = origin.slice(origin.indexOf("//") + 2).toLowerCase()
  if (!recorder.recordsHost(host)) {
    recorder.passBy(host)
    return null
  }
  return recorder.begin({
    method: request.method,
    url: origin + request.path,
    host,
    authorization: headerIn(request.headers, "authorization"),
    userAgent: headerIn(request.headers, "user-agent"),
    requestBytes: request.body === null || request.body === undefined ? 0 : (request.contentLength ?? null)
  })
}

/** Versions 5 to 7 call `onHeaders`, `onData`, `onComplete`, `onError`; version 8 has other names. */
const wrapCallbacks = (type: HookedPrototype): void => {
  const before = (name: string, observe: (observer: CallObserver, values: ReadonlyArray<unknown>) => void) => {
    const real = type[name]
    if (typeof real !== "function") return
    defineHidden(type, name, function (this: ObservedRequest, ...values: Array<unknown>) {
      const observer = this[observed]
      if (observer !== undefined) {
        try {
          observe(observer, values)
        } catch {
          // an error of the recorder must not reach the program
        }
      }
      return real.apply(this, values)
    })
  }
  const headers = (observer: CallObserver, [status, fields]: ReadonlyArray<unknown>) => {
    // Interim responses (1xx) come before the answer itself.
    if (typeof status === "number" && status >= 200) observer.headers(status, (name) => headerIn(fields, name))
  }
  const upgraded = (observer: CallObserver, [status, fields]: ReadonlyArray<unknown>) => {
    observer.headers(Number(status), (name) => headerIn(fields, name))
    observer.end()
  }
  const data = (observer: CallObserver, [chunk]: ReadonlyArray<unknown>) => observer.chunk(chunk as Uint8Array)
  const end = (observer: CallObserver) => observer.end()
  const fail = (observer: CallObserver, [error]: ReadonlyArray<unknown>) => observer.fail(error)
  before("onBodySent", (observer, [chunk]) => observer.sent(bytesOf(chunk)))
  before("onHeaders", headers)
  before("onData", data)
  before("onComplete", end)
  before("onError", fail)
  before("onUpgrade", upgraded)
  before("onResponseStart", headers)
  before("onResponseData", data)
  before("onResponseEnd", end)
  before("onResponseError", fail)
  before("onRequestUpgrade", upgraded)
}
