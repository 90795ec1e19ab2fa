/**
 * Sends calls of every copy of undici (built-in `fetch`, npm `undici` 5 to 8) to mirrors, where a program hands them to
 * a dispatcher: that is before they have a connection to the provider. A dispatcher is an event emitter, and so each
 * copy's classes are seen when the first of them is made.
 */
import { subscribe } from "node:diagnostics_channel"
import { EventEmitter } from "node:events"
import { type CallWays, type Handler, MirroredCall, type ReadSocket } from "./MirroredCall.js"
import { connectMs, isSafe, originHeader, type Way, type Ways } from "./Ways.js"

interface CallOptions {
  readonly origin?: string | URL
  readonly path: string
  readonly method: string
  readonly headers?: unknown
  readonly body?: unknown
  readonly upgrade?: unknown
  readonly maxRedirections?: number
  readonly headersTimeout?: number | null
  readonly bodyTimeout?: number | null
  readonly [straight]?: boolean
}
interface Dispatcher {
  readonly closed: boolean
  readonly destroyed: boolean
}
type Dispatch = (this: object, options: CallOptions, handler: Handler) => unknown
type End = (this: object, ...values: Array<unknown>) => unknown
type Classes = { dispatch: Dispatch; close: End; destroy: End }

const straight = Symbol("hookshift.straight")

export const throughUndici = (ways: Ways): void => {
  const seen = new WeakSet<object>()
  const look = (one: object): void => {
    for (let type = Object.getPrototypeOf(one); type !== null && !seen.has(type); type = Object.getPrototypeOf(type)) {
      seen.add(type)
      if (isDispatcherBase(type)) wrap(type, ways)
      else if (isStandIn(type)) leave(type)
    }
  }
  const emitters = EventEmitter as unknown as { init: (this: object, ...values: Array<unknown>) => void }
  const { init } = emitters
  emitters.init = function (...values) {
    if (!seen.has(Object.getPrototypeOf(this) as object)) look(this)
    return init.apply(this, values)
  }
  subscribe("undici:client:sendHeaders", (message) => {
    const { socket } = message as { readonly socket?: ReadSocket }
    if (socket !== undefined) MirroredCall.writes(socket)
  })
  // One that another preload has made before.
  for (const version of [1, 2]) {
    const made = (globalThis as Record<symbol, unknown>)[Symbol.for(`undici.globalDispatcher.${version}`)]
    if (typeof made === "object" && made !== null) look(made)
  }
}

/** The class below all dispatchers of a copy that have connections; others pass calls on to these. */
const isDispatcherBase = (type: object): type is Classes =>
  ["dispatch", "close", "destroy", "closed", "destroyed"].every((name) => Object.hasOwn(type, name))

/** Undici's `MockAgent` answers in the network's place, by dispatchers of its own. */
const isStandIn = (type: object): type is Pick<Classes, "dispatch"> =>
  ["dispatch", "disableNetConnect"].every((name) => Object.hasOwn(type, name))

const leave = (type: Pick<Classes, "dispatch">): void => {
  const { dispatch } = type
  type.dispatch = function (options, handler) {
    return dispatch.call(this, { ...options, [straight]: true }, handler)
  }
}

/** A field of undici's own, by its symbol's description, which no version has changed. */
const field = (one: object, description: string): unknown => {
  const symbol = Object.getOwnPropertySymbols(one).find((own) => own.description === description)
  return symbol === undefined ? undefined : (one as Record<symbol, unknown>)[symbol]
}

const wrap = (type: Classes, ways: Ways): void => {
  const { close, destroy, dispatch } = type
  /** A dispatcher's like, for its calls to a mirror. */
  const likes = new WeakMap<object, Map<string, object>>()
  const likeOf = (one: object, way: Way): object => {
    const known = likes.get(one) ?? new Map<string, object>()
    likes.set(one, known)
    const like = known.get(way.origin) ?? makeLike(one, way)
    known.set(way.origin, like)
    return like
  }

  type.dispatch = function (options, handler) {
    const call = readCall(this, options, handler, ways)
    if (call === null) return dispatch.call(this, options, handler)
    const { origin, way } = call
    let like: object
    let sent: CallOptions
    try {
      like = likeOf(this, way)
      sent = {
        ...options,
        ...timeoutsOf(this, options),
        origin: way.origin,
        path: way.pathAt(options.path),
        headers: withOrigin(options.headers, origin)
      }
    } catch {
      // A program's own class, made in another way, or headers of which undici will say that they are none.
      return dispatch.call(this, options, handler)
    }
    const callWays: CallWays = {
      mayBeSentTwice: isSafe(options.method) && (options.body === undefined || options.body === null),
      isOver: () => (this as Dispatcher).closed || (this as Dispatcher).destroyed,
      toMirror: (watching) => dispatch.call(like, sent, watching),
      toProvider: (watching) => dispatch.call(this, { ...options, [straight]: true }, watching)
    }
    return new MirroredCall(handler, callWays).start()
  }
  type.destroy = function (...values) {
    for (const like of likes.get(this)?.values() ?? [])
      destroy.call(like, values[0] instanceof Error ? values[0] : null, () => undefined)
    likes.delete(this)
    return destroy.apply(this, values)
  }
  type.close = function (...values) {
    const made = [...(likes.get(this)?.values() ?? [])]
    const [callback] = values
    if (typeof callback !== "function" || made.length === 0) return close.apply(this, values)
    likes.delete(this)
    // Closed when its calls to mirrors have ended too.
    let open = made.length
    const one = (): void => {
      open -= 1
      if (open === 0) close.apply(this, values)
    }
    for (const like of made) close.call(like, one)
  }
}

const readCall = (
  one: object,
  options: CallOptions,
  handler: unknown,
  ways: Ways
): { readonly origin: string; readonly way: Way } | null => {
  if (typeof options !== "object" || options === null || typeof handler !== "object" || handler === null) return null
  if (options[straight] === true || typeof options.path !== "string" || !options.path.startsWith("/")) return null
  const url = field(one, "url")
  const asked = url instanceof URL ? url.origin : options.origin
  if (asked === undefined) return null
  const origin = asked instanceof URL ? asked.origin : String(asked).replace(/\/$/, "").toLowerCase()
  const way = ways.of(origin.slice(origin.indexOf("//") + 2), options.path)
  if (way === null || options.method === "CONNECT" || options.upgrade) return null
  // Others, such as a ProxyAgent, pass their calls on to one of these.
  if (!(url instanceof URL) && !(field(one, "clients") instanceof Map)) return null
  // Redirects that undici follows itself (up to version 6) would be followed at the mirror.
  if ((options.maxRedirections ?? Number(field(one, "maxRedirections") ?? 0)) > 0) return null
  const { closed, destroyed } = one as Dispatcher
  return closed || destroyed ? null : { origin, way }
}

const makeLike = (one: object, way: Way): object => {
  const options = {
    ...(field(one, "options") as object | undefined),
    socketPath: undefined,
    allowH2: false,
    connect: { timeout: connectMs }
  }
  const type = one.constructor as new (...values: Array<unknown>) => object
  return field(one, "url") instanceof URL ? new type(way.origin, options) : new type(options)
}

/** A client keeps its timeouts, and its like does not know them. */
const timeoutsOf = (one: object, { bodyTimeout, headersTimeout }: CallOptions): Partial<CallOptions> => {
  const [headers, body] = [headersTimeout ?? field(one, "headers timeout"), bodyTimeout ?? field(one, "body timeout")]
  return {
    ...(typeof headers === "number" ? { headersTimeout: headers } : {}),
    ...(typeof body === "number" ? { bodyTimeout: body } : {})
  }
}

/** Headers in the form that they have, for the mirror. */
const withOrigin = (headers: unknown, origin: string): unknown => {
  const isHost = (name: unknown): boolean => String(name).toLowerCase() === "host"
  if (Array.isArray(headers)) {
    const kept = headers.filter((_, at) => !isHost(headers[at - (at % 2)]))
    return [...kept, originHeader, origin]
  }
  if (typeof headers !== "object" || headers === null) return { [originHeader]: origin }
  const pairs: Iterable<readonly [unknown, unknown]> =
    Symbol.iterator in headers ? (headers as Iterable<[unknown, unknown]>) : Object.entries(headers)
  return [...pairs]
    .filter(([name]) => !isHost(name))
    .flat()
    .concat(originHeader, origin)
}
