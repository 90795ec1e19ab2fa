/**
 * The products' clients without Effect: promises for one answer, async iterables for lists. What fails rejects with the
 * same errors (`ProviderError`; `BulkPartialFailure`, so that a part that failed cannot be overlooked).
 */
import { FetchHttpClient, type HttpClient } from "@effect/platform"
import { Cause, Effect, Exit, Layer, Redacted, Stream } from "effect"
import { type AccountLimiter, makeAccountLimiter } from "./AccountLimiter.js"
import type { BulkDone, BulkPartialFailure } from "./Bulk.js"
import * as chat from "./freshchat/Client.js"
import * as desk from "./freshdesk/Client.js"
import * as sales from "./freshsales/Client.js"
import * as service from "./freshservice/Client.js"
import type { ProviderError } from "./ProviderError.js"
import { type FreshworksProduct, providerOf } from "./Providers.js"
import type { ClientOptions } from "./Transport.js"

export interface PromiseClientOptions {
  /** `https://acme.freshdesk.com` */
  readonly baseUrl: string
  /** The API key; a JWT for Freshchat. */
  readonly apiKey: string
  /** What makes the calls: `instrumentFetch(fetch, recorder)` records them. The built-in `fetch` unless set. */
  readonly fetch?: typeof fetch
  /** One for all clients of an account, made by `accountLimiter`. */
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
  limiters.set(shared, makeAccountLimiter(limits))
  return shared
}

type Fails = ProviderError | BulkPartialFailure

const setUp = async <Client>(
  options: PromiseClientOptions,
  scheme: "basic" | "token" | "bearer",
  make: (options: ClientOptions) => Effect.Effect<Client, never, HttpClient.HttpClient>
) => {
  const limiter = options.limiter === undefined ? undefined : limiters.get(options.limiter)
  const layer = FetchHttpClient.layer.pipe(
    Layer.provide(Layer.succeed(FetchHttpClient.Fetch, options.fetch ?? globalThis.fetch))
  )
  const client = await Effect.runPromise(
    make({
      baseUrl: options.baseUrl,
      authentication: { scheme, secret: Redacted.make(options.apiKey) },
      ...(limiter === undefined ? {} : { limiter })
    }).pipe(Effect.provide(layer))
  )
  /** Rejects with the error itself, not with a description of a fiber. */
  const run = async <A>(effect: Effect.Effect<A, Fails>): Promise<A> => {
    const exit = await Effect.runPromiseExit(effect)
    if (Exit.isSuccess(exit)) return exit.value
    throw Cause.squash(exit.cause)
  }
  async function* all<A>(stream: Stream.Stream<A, ProviderError>): AsyncGenerator<A> {
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
  return { client, run, all }
}

export interface PromiseFreshdesk {
  readonly list: <Name extends desk.FreshdeskEntityName>(
    entity: Name,
    options?: desk.FreshdeskListOptions
  ) => AsyncIterable<desk.FreshdeskEntity<Name>>
  readonly get: <Name extends desk.FreshdeskEntityName>(
    entity: Name,
    id: string | number
  ) => Promise<desk.FreshdeskEntity<Name>>
  readonly create: <Name extends desk.FreshdeskEntityName>(
    entity: Name,
    fields: desk.Fields
  ) => Promise<desk.FreshdeskEntity<Name>>
  readonly update: <Name extends desk.FreshdeskEntityName>(
    entity: Name,
    id: string | number,
    fields: desk.Fields
  ) => Promise<desk.FreshdeskEntity<Name>>
  readonly remove: (entity: desk.FreshdeskEntityName, id: string | number) => Promise<void>
  readonly search: <Name extends "ticket" | "contact" | "company">(
    entity: Name,
    query: string
  ) => AsyncIterable<desk.FreshdeskEntity<Name>>
  readonly conversations: (ticketId: string | number) => AsyncIterable<Readonly<Record<string, unknown>>>
  readonly bulkUpdate: (ids: ReadonlyArray<number>, properties: desk.Fields) => Promise<BulkDone>
  readonly bulkRemove: (ids: ReadonlyArray<number>) => Promise<BulkDone>
}

export const freshdeskClient = async (options: PromiseClientOptions): Promise<PromiseFreshdesk> => {
  const { all, client, run } = await setUp(options, "basic", desk.makeFreshdeskClient)
  return {
    list: (entity, filters) => all(client.list(entity, filters)),
    get: (entity, id) => run(client.get(entity, id)),
    create: (entity, fields) => run(client.create(entity, fields)),
    update: (entity, id, fields) => run(client.update(entity, id, fields)),
    remove: (entity, id) => run(client.remove(entity, id)),
    search: (entity, query) => all(client.search(entity, query)),
    conversations: (ticketId) => all(client.conversations(ticketId)),
    bulkUpdate: (ids, properties) => run(client.bulk.update(ids, properties)),
    bulkRemove: (ids) => run(client.bulk.remove(ids))
  }
}

export interface PromiseFreshservice {
  readonly list: <Name extends service.FreshserviceEntityName>(
    entity: Name,
    options?: service.FreshserviceListOptions
  ) => AsyncIterable<service.FreshserviceEntity<Name>>
  readonly get: <Name extends service.FreshserviceEntityName>(
    entity: Name,
    id: string | number
  ) => Promise<service.FreshserviceEntity<Name>>
  readonly create: <Name extends service.FreshserviceEntityName>(
    entity: Name,
    fields: service.FreshserviceFields
  ) => Promise<service.FreshserviceEntity<Name>>
  readonly update: <Name extends service.FreshserviceEntityName>(
    entity: Name,
    id: string | number,
    fields: service.FreshserviceFields
  ) => Promise<service.FreshserviceEntity<Name>>
  readonly remove: (entity: service.FreshserviceEntityName, id: string | number) => Promise<void>
  readonly conversations: (ticketId: string | number) => AsyncIterable<Readonly<Record<string, unknown>>>
}

export const freshserviceClient = async (options: PromiseClientOptions): Promise<PromiseFreshservice> => {
  const { all, client, run } = await setUp(options, "basic", service.makeFreshserviceClient)
  return {
    list: (entity, filters) => all(client.list(entity, filters)),
    get: (entity, id) => run(client.get(entity, id)),
    create: (entity, fields) => run(client.create(entity, fields)),
    update: (entity, id, fields) => run(client.update(entity, id, fields)),
    remove: (entity, id) => run(client.remove(entity, id)),
    conversations: (ticketId) => all(client.conversations(ticketId))
  }
}

export interface PromiseFreshsales {
  readonly views: (entity: sales.FreshsalesViewedName) => Promise<ReadonlyArray<sales.FreshsalesView>>
  readonly list: <Name extends sales.FreshsalesViewedName>(
    entity: Name,
    options?: { readonly updatedSince?: string; readonly view?: number }
  ) => AsyncIterable<sales.FreshsalesEntity<Name>>
  readonly get: <Name extends sales.FreshsalesEntityName>(
    entity: Name,
    id: string | number
  ) => Promise<sales.FreshsalesEntity<Name>>
  readonly create: <Name extends sales.FreshsalesEntityName>(
    entity: Name,
    fields: sales.FreshsalesFields
  ) => Promise<sales.FreshsalesEntity<Name>>
  readonly update: <Name extends sales.FreshsalesEntityName>(
    entity: Name,
    id: string | number,
    fields: sales.FreshsalesFields
  ) => Promise<sales.FreshsalesEntity<Name>>
  readonly remove: (entity: sales.FreshsalesEntityName, id: string | number) => Promise<void>
  readonly upsertContacts: (contacts: ReadonlyArray<sales.FreshsalesUpsert>) => Promise<BulkDone>
}

export const freshsalesClient = async (options: PromiseClientOptions): Promise<PromiseFreshsales> => {
  const { all, client, run } = await setUp(options, "token", sales.makeFreshsalesClient)
  return {
    views: (entity) => run(client.views(entity)),
    list: (entity, filters) => all(client.list(entity, filters)),
    get: (entity, id) => run(client.get(entity, id)),
    create: (entity, fields) => run(client.create(entity, fields)),
    update: (entity, id, fields) => run(client.update(entity, id, fields)),
    remove: (entity, id) => run(client.remove(entity, id)),
    upsertContacts: (contacts) => run(client.bulk.upsertContacts(contacts))
  }
}

export interface PromiseFreshchat {
  readonly users: (options?: { readonly updatedFrom?: string }) => AsyncIterable<chat.FreshchatEntity<"user">>
  readonly conversationsOf: (userId: string) => AsyncIterable<chat.FreshchatEntity<"conversation">>
  readonly messagesOf: (conversationId: string) => AsyncIterable<Readonly<Record<string, unknown>>>
  readonly get: <Name extends chat.FreshchatEntityName>(entity: Name, id: string) => Promise<chat.FreshchatEntity<Name>>
  readonly create: <Name extends chat.FreshchatEntityName>(
    entity: Name,
    fields: chat.FreshchatFields
  ) => Promise<chat.FreshchatEntity<Name>>
  readonly update: <Name extends chat.FreshchatEntityName>(
    entity: Name,
    id: string,
    fields: chat.FreshchatFields
  ) => Promise<chat.FreshchatEntity<Name>>
  readonly say: (conversationId: string, message: chat.FreshchatFields) => Promise<Readonly<Record<string, unknown>>>
}

export const freshchatClient = async (options: PromiseClientOptions): Promise<PromiseFreshchat> => {
  const { all, client, run } = await setUp(options, "bearer", chat.makeFreshchatClient)
  return {
    users: (filters) => all(client.users(filters)),
    conversationsOf: (userId) => all(client.conversationsOf(userId)),
    messagesOf: (conversationId) => all(client.messagesOf(conversationId)),
    get: (entity, id) => run(client.get(entity, id)),
    create: (entity, fields) => run(client.create(entity, fields)),
    update: (entity, id, fields) => run(client.update(entity, id, fields)),
    say: (conversationId, message) => run(client.say(conversationId, message))
  }
}
