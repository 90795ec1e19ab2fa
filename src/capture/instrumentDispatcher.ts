/**
 * Watches undici's global dispatcher, which built-in `fetch` and every npm `undici` from 5 to 7 share under one global
 * symbol. Each request's handler is wrapped with forwarders that take references and pass everything on as it is.
 */
import type { CallObserver, Recorder } from "./Recorder.js"

type Handler = Record<string, ((...values: ReadonlyArray<unknown>) => unknown) | undefined>
interface DispatchOptions {
  readonly origin?: string | URL
  readonly path: string
  readonly method: string
  readonly query?: Record<string, unknown>
  readonly headers?: unknown
  readonly body?: unknown
}
interface Dispatcher {
  dispatch: (options: DispatchOptions, handler: Handler) => boolean
}

const globalDispatcher = Symbol.for("undici.globalDispatcher.1")

type Globals = { [globalDispatcher]?: Dispatcher }

/** Wraps the dispatcher that is in place, whoever made it. */
export const instrumentGlobalDispatcher = (recorder: Recorder): void => {
  const globals = globalThis as Globals
  // Built-in fetch makes the dispatcher on first use; a request to nowhere makes it without touching the network.
  if (globals[globalDispatcher] === undefined) void fetch("data:,").catch(() => undefined)
  const dispatcher = globals[globalDispatcher]
  // The property is writable and not configurable: undici defines it so.
  if (dispatcher !== undefined) globals[globalDispatcher] = wrap(dispatcher, recorder)
}

const wrap = (dispatcher: Dispatcher, recorder: Recorder): Dispatcher =>
  new Proxy(dispatcher, {
    get: (target, property) => {
      if (property === "dispatch") {
        return (options: DispatchOptions, handler: Handler) => {
          const observer = observe(recorder, options)
          return target.dispatch(options, observer === null ? handler : watch(handler, observer))
        }
      }
      const value = Reflect.get(target, property, target) as unknown
      return typeof value === "function" ? value.bind(target) : value
    }
  })

const observe = (recorder: Recorder, options: DispatchOptions): CallObserver | null => {
  try {
    if (options.method === "CONNECT") return null
    const url = new URL(options.path, options.origin)
    if (!recorder.records(url)) return null
    for (const [name, value] of Object.entries(options.query ?? {})) {
      if (value !== undefined && value !== null) url.searchParams.append(name, String(value))
    }
    const header = headerReader(options.headers)
    return recorder.begin({
      method: options.method,
      url: url.href,
      authorization: header("authorization"),
      userAgent: header("user-agent"),
      requestBytes:
        options.body === undefined || options.body === null ? 0 : Number(header("content-length") ?? Number.NaN) || null
    })
  } catch {
    return null // whatever is odd about these options, the program's own call says it
  }
}

const text = (value: unknown): string =>
  Array.isArray(value)
    ? value.map(text).join(", ")
    : value instanceof Uint8Array
      ? Buffer.from(value).toString("latin1")
      : String(value)

/** Headers come flat (`[name, value, …]`), as pairs, as an object or as anything iterable. */
const headerReader = (headers: unknown): ((name: string) => string | null) => {
  const found = new Map<string, string>()
  const set = (name: unknown, value: unknown) => {
    if (value !== undefined && value !== null) found.set(text(name).toLowerCase(), text(value))
  }
  if (Array.isArray(headers) && !Array.isArray(headers[0])) {
    for (let index = 0; index + 1 < headers.length; index += 2) set(headers[index], headers[index + 1])
  } else if (typeof headers === "object" && headers !== null && Symbol.iterator in headers) {
    for (const [name, value] of headers as Iterable<[unknown, unknown]>) set(name, value)
  } else if (typeof headers === "object" && headers !== null) {
    for (const [name, value] of Object.entries(headers)) set(name, value)
  }
  return (name) => found.get(name) ?? null
}

/** Forwarders for both of undici's handler interfaces, and only for those methods that the handler has. */
const watch = (handler: Handler, observer: CallObserver): Handler => {
  const wrapped: Handler = {}
  const forward = (name: string, before: (...values: ReadonlyArray<unknown>) => void) => {
    const real = handler[name]
    if (typeof real !== "function") return
    wrapped[name] = (...values) => {
      before(...values)
      return real.apply(handler, values as Array<unknown>)
    }
  }
  const nothing = () => undefined
  for (const name of ["onConnect", "onResponseStarted", "onBodySent", "onRequestSent", "onRequestStart"])
    forward(name, nothing)
  forward("onUpgrade", () => observer.end())
  forward("onRequestUpgrade", () => observer.end())
  const headers = (status: unknown, fields: unknown) => {
    // 1xx come before the answer itself.
    if (typeof status === "number" && status >= 200) observer.headers(status, headerReader(fields))
  }
  forward("onHeaders", headers)
  forward("onData", (chunk) => observer.chunk(chunk as Uint8Array))
  forward("onComplete", () => observer.end())
  forward("onError", (error) => observer.fail(error))
  forward("onResponseStart", (_controller, status, fields) => headers(status, fields))
  forward("onResponseData", (_controller, chunk) => observer.chunk(chunk as Uint8Array))
  forward("onResponseEnd", () => observer.end())
  forward("onResponseError", (_controller, error) => observer.fail(error))
  return wrapped
}
