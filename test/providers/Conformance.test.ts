/**
 * One list of behaviours, run against each product's client: over the simulator, and over scripted answers for what
 * goes wrong.
 */
import { HttpClient, HttpClientError, type HttpClientRequest, HttpClientResponse } from "@effect/platform"
import { describe, expect, it } from "@effect/vitest"
import { Effect, Fiber, Redacted, Ref, Stream, TestClock } from "effect"
import {
  type Authentication,
  type ClientOptions,
  makeFreshchatClient,
  makeFreshdeskClient,
  makeFreshsalesClient,
  makeFreshserviceClient,
  type ProviderError
} from "../../src/providers/clients.js"
import { providerOf } from "../../src/providers/index.js"
import type { SimulatedProductName } from "../../src/simulator/index.js"
import { httpInto, inProcess, manualTime } from "../support/inProcess.js"

type Item = Readonly<Record<string, unknown>>

/** What every product's client can do, in that client's own words. */
interface Doings {
  readonly list: Stream.Stream<Item, ProviderError>
  readonly one: (id: string) => Effect.Effect<Item, ProviderError>
  readonly create: Effect.Effect<Item, ProviderError>
  readonly update: (id: string) => Effect.Effect<Item, ProviderError>
  readonly remove: (id: string) => Effect.Effect<void, ProviderError>
}

interface Conforming {
  readonly product: SimulatedProductName
  readonly make: (options: ClientOptions) => Effect.Effect<Doings, never, HttpClient.HttpClient>
  /** The entity that the list is of, and how many a page has. */
  readonly entity: string
  readonly perPage: number
  /** An answer of the list's shape. */
  readonly page: (
    items: ReadonlyArray<Item>,
    next: boolean
  ) => { readonly body: unknown; readonly headers?: Record<string, string> }
  readonly item: (fields: Item) => Item
  readonly wrapped: (item: Item) => unknown
  /** A field that the product has as text, and the place that an error names for it. */
  readonly wrong: { readonly fields: Item; readonly place: string }
  /** Calls that a first list makes before its first page. */
  readonly before: ReadonlyArray<unknown>
}

const id = "11111111-2222-4333-8444-555555555555"

const products: ReadonlyArray<Conforming> = [
  {
    product: "freshdesk",
    entity: "ticket",
    perPage: 100,
    make: (options) =>
      Effect.map(makeFreshdeskClient(options), (client) => ({
        list: client.list("ticket", { updatedSince: "2000-01-01T00:00:00Z" }),
        one: (which) => client.get("ticket", which),
        create: client.create("ticket", { subject: "s", description: "d" }),
        update: (which) => client.update("ticket", which, { status: 3 }),
        remove: (which) => client.remove("ticket", which)
      })),
    page: (items, next) => ({ body: items, ...(next ? { headers: { link: '<https://x>; rel="next"' } } : {}) }),
    item: (fields) => ({ id: 7, updated_at: "2026-03-02T10:00:00Z", ...fields }),
    wrapped: (item) => item,
    wrong: { fields: { subject: 5 }, place: "subject" },
    before: []
  },
  {
    product: "freshservice",
    entity: "ticket",
    perPage: 100,
    make: (options) =>
      Effect.map(makeFreshserviceClient(options), (client) => ({
        list: client.list("ticket", { updatedSince: "2000-01-01T00:00:00Z" }),
        one: (which) => client.get("ticket", which),
        create: client.create("ticket", { subject: "s" }),
        update: (which) => client.update("ticket", which, { status: 3 }),
        remove: (which) => client.remove("ticket", which)
      })),
    page: (items, next) => ({
      body: { tickets: items },
      ...(next ? { headers: { link: '<https://x>; rel="next"' } } : {})
    }),
    item: (fields) => ({ id: 7, updated_at: "2026-03-02T10:00:00Z", ...fields }),
    wrapped: (item) => ({ ticket: item }),
    wrong: { fields: { subject: 5 }, place: "ticket.subject" },
    before: []
  },
  {
    product: "freshsales",
    entity: "contact",
    perPage: 25,
    make: (options) =>
      Effect.map(makeFreshsalesClient(options), (client) => ({
        list: client.list("contact"),
        one: (which) => client.get("contact", which),
        create: client.create("contact", { first_name: "f" }),
        update: (which) => client.update("contact", which, { first_name: "g" }),
        remove: (which) => client.remove("contact", which)
      })),
    page: (items, next) => ({ body: { contacts: items, meta: { total_pages: next ? 1_000 : 1, total: 25_000 } } }),
    item: (fields) => ({ id: 7, updated_at: "2026-03-02T15:30:00+05:30", ...fields }),
    wrapped: (item) => ({ contact: item }),
    wrong: { fields: { first_name: 5 }, place: "contact.first_name" },
    before: [{ filters: [{ id: 4, name: "All Contacts" }] }]
  },
  {
    product: "freshchat",
    entity: "user",
    perPage: 20,
    make: (options) =>
      Effect.map(makeFreshchatClient(options), (client) => ({
        list: client.users(),
        one: (which) => client.get("user", which),
        create: client.create("user", { first_name: "f" }),
        update: (which) => client.update("user", which, { first_name: "g" }),
        remove: (which) => client.remove("user", which)
      })),
    page: (items, next) => ({
      body: {
        users: items,
        pagination: {},
        links: next ? { next_page: { href: "https://acme.example/v2/users?page=2" } } : {}
      }
    }),
    item: (fields) => ({ id, updated_time: "2026-03-02T10:00:00.000Z", ...fields }),
    wrapped: (item) => item,
    wrong: { fields: { first_name: 5 }, place: "first_name" },
    before: []
  }
]

const start = Date.parse("2026-03-02T08:00:00Z")
const keyOf = (product: SimulatedProductName, secret: string): Authentication => ({
  scheme: providerOf(product)!.defaultScheme,
  secret: Redacted.make(secret)
})

describe.each(products)("the $product client", (one) => {
  const provider = providerOf(one.product)!
  const type = provider.entities[one.entity]!

  /** The client over a simulated account. */
  const simulated = (entities: number, secret = "key", authentication?: Authentication) =>
    Effect.gen(function* () {
      const time = manualTime(start)
      const product = inProcess(one.product, { seed: 5, entities, time })
      const requests: Array<string> = []
      const http = HttpClient.tapRequest(
        httpInto(product, () => time.advance(1_000)),
        (request) => Effect.sync(() => void requests.push(request.url))
      )
      const client = yield* one
        .make({ baseUrl: "http://acme.example", authentication: authentication ?? keyOf(one.product, secret) })
        .pipe(Effect.provideService(HttpClient.HttpClient, http))
      return { client, product, requests, time }
    })

  /** The client over scripted answers, the last one for ever; says when the requests went out. */
  const scripted = (answers: ReadonlyArray<Response | "cut" | "refused">) =>
    Effect.gen(function* () {
      const sent = yield* Ref.make<ReadonlyArray<{ at: number; request: HttpClientRequest.HttpClientRequest }>>([])
      const http = HttpClient.make((request) =>
        Effect.gen(function* () {
          const at = yield* Effect.clockWith((clock) => clock.currentTimeMillis)
          const count = yield* Ref.modify(sent, (before) => [before.length, [...before, { at, request }]])
          const answer = answers[Math.min(count, answers.length - 1)]!
          if (answer === "cut")
            return yield* new HttpClientError.RequestError({ request, reason: "Transport", cause: new Error("reset") })
          if (answer === "refused") {
            const cause = Object.assign(new Error("refused"), { code: "ECONNREFUSED" })
            return yield* new HttpClientError.RequestError({ request, reason: "Transport", cause })
          }
          return HttpClientResponse.fromWeb(request, answer.clone())
        })
      )
      const client = yield* one
        .make({ baseUrl: "https://acme.example", authentication: keyOf(one.product, "canary-key") })
        .pipe(Effect.provideService(HttpClient.HttpClient, http))
      return { client, sent }
    })
  const json = (status: number, body: unknown, headers: Record<string, string> = {}) =>
    new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json", ...headers } })
  const good = json(200, one.wrapped(one.item({})))

  it.effect("is let in with the right key, and told what to do with a wrong one or none", () =>
    Effect.gen(function* () {
      const { client } = yield* simulated(60)
      expect((yield* Stream.runCollect(client.list)).length).toBeGreaterThan(0)
      for (const secret of ["revoked", ""]) {
        const { client: other, requests } = yield* simulated(60, secret)
        const error = yield* Effect.flip(Stream.runCollect(other.list))
        expect(error).toMatchObject({ reason: "unauthorized", status: 401, product: one.product })
        expect(error.message).toContain("auth.secretEnv")
        expect(requests).toHaveLength(1)
      }
      const foreign = one.product === "freshsales" ? "basic" : "token"
      const { client: wrongScheme } = yield* simulated(60, "key", { scheme: foreign, secret: Redacted.make("key") })
      expect((yield* Effect.flip(Stream.runCollect(wrongScheme.list))).reason).toBe("unauthorized")
    })
  )

  it.effect("reads the first, the middle and the last page, each item once", () =>
    Effect.gen(function* () {
      const { client, product, requests } = yield* simulated(one.perPage * 8)
      const read = [...(yield* Stream.runCollect(client.list))].map((item) => String(item[type.idField]))
      const there = product.world.readable(one.entity).map((record) => String(record[type.idField]))
      expect(new Set(read).size).toBe(read.length)
      expect([...read].sort()).toEqual([...there].sort())
      expect(requests.length).toBeGreaterThanOrEqual(Math.ceil(there.length / one.perPage))
    })
  )

  it.effect("stops at the ceiling with a sentence instead of leaving items out", () =>
    Effect.gen(function* () {
      // The same full page for ever: a second with more items than the pages show, or a view without an end.
      const full = Array.from({ length: 3 }, (_, n) =>
        one.item(one.product === "freshchat" ? { id: id.replace("1", String(n)) } : { id: n + 1 })
      )
      const { body, headers } = one.page(full, true)
      const { client, sent } = yield* scripted([
        ...one.before.map((before) => json(200, before)),
        json(200, body, headers)
      ])
      const error = yield* Effect.flip(Stream.runCollect(client.list))
      expect(error.reason).toBe("rejected")
      // A window narrows once before it pages on within one second.
      expect((yield* Ref.get(sent)).length - one.before.length - provider.pageCeiling).toBeLessThanOrEqual(1)
    })
  )

  it.effect("loses nothing that moves between pages while it reads", () =>
    Effect.gen(function* () {
      const { client, product, time } = yield* simulated(one.perPage * 6)
      const before = product.world.readable(one.entity)
      let count = 0
      const seen = new Set<string>()
      yield* Stream.runForEach(client.list, (item) =>
        Effect.sync(() => {
          seen.add(String(item[type.idField]))
          if (count++ % 7 !== 0 || count > 400) return
          time.advance(1_000)
          const moved = before[(count * 13) % before.length]!
          product.world.change(one.entity, "update", moved[type.idField] as never, { marked: count })
        })
      )
      expect(before.map((record) => String(record[type.idField])).filter((which) => !seen.has(which))).toEqual([])
    })
  )

  it.effect("reads, makes, changes and removes one", () =>
    Effect.gen(function* () {
      const { client, product } = yield* simulated(60)
      const made = yield* client.create
      const which = String(made[type.idField])
      expect(String((yield* client.one(which))[type.idField])).toBe(which)
      yield* client.update(which)
      expect(product.world.truth.map(({ action, actor }) => [action, actor])).toEqual(
        ["create", "update"].map((action) => [action, product.world.model.actors.api])
      )
      yield* client.remove(which)
      const gone = yield* Effect.either(client.one(which))
      // Freshdesk and Freshservice show a deleted ticket, marked as such.
      expect(gone._tag === "Left" ? gone.left.reason : gone.right["deleted"]).toBe(
        gone._tag === "Left" ? "notFound" : true
      )
    })
  )

  it.effect("waits for Retry-After, in seconds and as a date", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(start)
      for (const value of ["42", new Date(start + 42_000).toUTCString()]) {
        yield* TestClock.setTime(start)
        const { client, sent } = yield* scripted([json(429, {}, { "retry-after": value }), good])
        const fiber = yield* Effect.fork(client.one("7"))
        yield* TestClock.adjust("41 seconds")
        expect((yield* Ref.get(sent)).length).toBe(1)
        yield* TestClock.adjust("1 seconds")
        yield* Fiber.join(fiber)
        expect((yield* Ref.get(sent)).map(({ at }) => at - start)).toEqual([0, 42_000])
      }
    })
  )

  it.effect("tries a server's error and a cut connection five times, and no more", () =>
    Effect.gen(function* () {
      for (const answer of [json(503, {}), json(500, {}), "cut" as const]) {
        const { client, sent } = yield* scripted([answer])
        const fiber = yield* Effect.fork(Effect.flip(client.one("7")))
        yield* TestClock.adjust("30 minutes")
        expect((yield* Fiber.join(fiber)).reason).toBe(answer === "cut" ? "unreachable" : "rejected")
        expect((yield* Ref.get(sent)).length).toBe(5)
        const once = yield* scripted([answer, good])
        const again = yield* Effect.fork(once.client.one("7"))
        yield* TestClock.adjust("10 minutes")
        yield* Fiber.join(again)
      }
    })
  )

  it.effect("does not make a thing twice: a create goes out again only if it never went out", () =>
    Effect.gen(function* () {
      for (const answer of [json(503, {}), json(429, {}, { "retry-after": "1" }), "cut" as const]) {
        const { client, sent } = yield* scripted([answer, good])
        const fiber = yield* Effect.fork(Effect.flip(client.create))
        yield* TestClock.adjust("30 minutes")
        yield* Fiber.join(fiber)
        expect((yield* Ref.get(sent)).length).toBe(1)
      }
      const { client, sent } = yield* scripted(["refused", good])
      const fiber = yield* Effect.fork(client.create)
      yield* TestClock.adjust("30 minutes")
      yield* Fiber.join(fiber)
      expect((yield* Ref.get(sent)).length).toBe(2)
    })
  )

  it.effect("keeps fields that it does not know, and bears missing ones", () =>
    Effect.gen(function* () {
      const { client } = yield* scripted([json(200, one.wrapped(one.item({ brand_new: { deep: [1] } })))])
      expect(yield* client.one("7")).toMatchObject({ brand_new: { deep: [1] } })
    })
  )

  it.effect("names the place of a wrong shape, and neither value nor key", () =>
    Effect.gen(function* () {
      const { client } = yield* scripted([
        json(200, one.wrapped(one.item({ ...one.wrong.fields, note: "canary-value" })))
      ])
      const error = yield* Effect.flip(client.one("7"))
      expect(error.reason).toBe("unexpectedShape")
      expect(error.message).toContain(`: ${one.wrong.place}: `)
      expect(error.message).not.toContain("canary")
      const text = yield* scripted([new Response("<html>down</html>", { status: 200 })])
      expect((yield* Effect.flip(text.client.one("7"))).reason).toBe("unexpectedShape")
    })
  )
})
