/**
 * The products' clients without Effect: promises for one answer, async iterables for lists. A failure rejects with the
 * same errors (`ProviderError`; `BulkPartialFailure`, so that a part that failed cannot be overlooked).
 */
import { FetchHttpClient, type HttpClient } from "@effect/platform"
import { Cause, Effect, Exit, Layer, Redacted, Stream } from "effect"
import { type AccountLimiter, makeAccountLimiter } from "./AccountLimiter.js"
import type { Fields } from "./EntityVerbs.js"
import { type FreshchatApi, makeFreshchatClient } from "./freshchat/Client.js"
import { type FreshdeskApi, makeFreshdeskClient } from "./freshdesk/Client.js"
import { type FreshsalesApi, type FreshsalesUpsert, makeFreshsalesClient } from "./freshsales/Client.js"
import { type FreshserviceApi, makeFreshserviceClient } from "./freshservice/Client.js"
import type { InPromises } from "./Mode.js"
import { type FreshworksProduct, providerOf } from "./Providers.js"
import type { ClientOptions } from "./Transport.js"

export interface PromiseClientOptions {
  /** `https://acme.freshdesk.com` */
  readonly baseUrl: string
  /** The API key; a JWT for Freshchat. */
  readonly apiKey: string
  /** The built-in `fetch` unless set; `instrumentFetch(fetch, recorder)` records the calls. */
  readonly fetch?: typeof fetch
  /** Shared by all clients of an account, made by `accountLimiter`. */
  readonly limiter?: SharedLimiter
}

/** The rate limit of an account, for all its clients. */
export interface SharedLimiter {
  readonly product: FreshworksProduct
}

const limiters = new WeakMap<SharedLimiter, AccountLimiter>()

/**
 * A limiter for all clients of an account on that rate-limit plan; without a plan, the answers' headers tell the limit.
 * Throws a `TypeError` for a plan that the product does not have.
 */
export const accountLimiter = (product: FreshworksProduct, plan?: string): SharedLimiter => {
  const { plans } = providerOf(product)!
  const limits = plan === undefined ? null : plans[plan]
  if (limits === undefined)
    throw new TypeError(`"${plan}" is not a plan of ${product}: it is one of ${Object.keys(plans).join(", ")}`)
  const shared = { product }
  limiters.set(shared, makeAccountLimiter(limits, plans))
  return shared
}

/** A product's client in effects, for these options. */
const setUp = <Client>(
  { apiKey, baseUrl, fetch: given, limiter: shared }: PromiseClientOptions,
  scheme: "basic" | "token" | "bearer",
  make: (options: ClientOptions) => Effect.Effect<Client, never, HttpClient.HttpClient>
): Promise<Client> => {
  const limiter = shared === undefined ? undefined : limiters.get(shared)
  const layer = FetchHttpClient.layer.pipe(
    Layer.provide(Layer.succeed(FetchHttpClient.Fetch, given ?? globalThis.fetch))
  )
  return Effect.runPromise(
    make({
      baseUrl,
      authentication: { scheme, secret: Redacted.make(apiKey) },
      ...(limiter === undefined ? {} : { limiter })
    }).pipe(Effect.provide(layer))
  )
}

/** Rejects with the error itself, not with a description of a fiber. */
const run = async (effect: Effect.Effect<unknown, unknown>): Promise<unknown> => {
  const exit = await Effect.runPromiseExit(effect)
  if (Exit.isSuccess(exit)) return exit.value
  throw Cause.squash(exit.cause)
}

async function* all(stream: Stream.Stream<unknown, unknown>): AsyncGenerator<unknown> {
  const iterator = Stream.toAsyncIterable(stream)[Symbol.asyncIterator]()
  try {
    for (;;) {
      const next = await iterator.next()
      if (next.done === true) return
      yield next.value
    }
  } catch (error) {
    const { cause } = error as { cause?: unknown }
    throw cause instanceof Error && "_tag" in cause ? cause : error
  } finally {
    await iterator.return?.()
  }
}

const isStream = (value: unknown): value is Stream.Stream<unknown, unknown> =>
  typeof value === "object" && value !== null && Stream.StreamTypeId in value

/** The answer of a verb: an effect as a promise, a stream as an async iterable. */
const answered = (answer: unknown): unknown =>
  Effect.isEffect(answer) ? run(answer as Effect.Effect<unknown, unknown>) : all(answer as Stream.Stream<unknown>)

/** A client's verb, or group of verbs, in the other mode (Mode.ts). */
const inPromises = (verb: unknown): unknown => {
  if (typeof verb === "function") return (...args: ReadonlyArray<unknown>) => answered(verb(...args))
  if (Effect.isEffect(verb)) return () => answered(verb)
  if (isStream(verb)) return { [Symbol.asyncIterator]: () => all(verb) }
  return Object.fromEntries(Object.entries(verb as object).map(([name, one]) => [name, inPromises(one)]))
}

export interface PromiseFreshdesk extends FreshdeskApi<InPromises> {
  /** The same as `bulk.update`. */
  readonly bulkUpdate: (ids: ReadonlyArray<number>, properties: Fields) => InPromises["bulk"]
  /** The same as `bulk.remove`. */
  readonly bulkRemove: (ids: ReadonlyArray<number>) => InPromises["bulk"]
}
export type PromiseFreshservice = FreshserviceApi<InPromises>
export interface PromiseFreshsales extends FreshsalesApi<InPromises> {
  /** The same as `bulk.upsertContacts`. */
  readonly upsertContacts: (contacts: ReadonlyArray<FreshsalesUpsert>) => InPromises["bulk"]
}
export type PromiseFreshchat = FreshchatApi<InPromises>

export const freshdeskClient = async (options: PromiseClientOptions): Promise<PromiseFreshdesk> => {
  const client = inPromises(await setUp(options, "basic", makeFreshdeskClient)) as FreshdeskApi<InPromises>
  return { ...client, bulkUpdate: client.bulk.update, bulkRemove: client.bulk.remove }
}

export const freshserviceClient = async (options: PromiseClientOptions): Promise<PromiseFreshservice> =>
  inPromises(await setUp(options, "basic", makeFreshserviceClient)) as PromiseFreshservice

export const freshsalesClient = async (options: PromiseClientOptions): Promise<PromiseFreshsales> => {
  const client = inPromises(await setUp(options, "token", makeFreshsalesClient)) as FreshsalesApi<InPromises>
  return { ...client, upsertContacts: client.bulk.upsertContacts }
}

export const freshchatClient = async (options: PromiseClientOptions): Promise<PromiseFreshchat> =>
  inPromises(await setUp(options, "bearer", makeFreshchatClient)) as PromiseFreshchat
