import {
  FetchHttpClient,
  HttpClient,
  HttpClientError,
  type HttpClientRequest,
  HttpClientResponse
} from "@effect/platform"
import { describe, expect, it } from "@effect/vitest"
import { Chunk, Effect, Fiber, Layer, Redacted, Ref, Stream, TestClock } from "effect"
import { authorizationHeader, makeFreshdeskClient } from "../../src/providers/clients.js"
import { endpointMatcher, eventFor, freshdesk, productForHost, retryAfterMillis } from "../../src/providers/index.js"
import { simulatedProvider } from "../support/provider.js"

const authentication = { scheme: "basic", secret: Redacted.make("key") } as const

/** A client over scripted answers; says which moments the requests went out at. */
const scripted = (answers: ReadonlyArray<Response | "cut">) =>
  Effect.gen(function* () {
    const sent = yield* Ref.make<ReadonlyArray<{ at: number; request: HttpClientRequest.HttpClientRequest }>>([])
    const http = HttpClient.make((request) =>
      Effect.gen(function* () {
        const at = yield* Effect.clockWith((clock) => clock.currentTimeMillis)
        const count = yield* Ref.modify(sent, (before) => [before.length, [...before, { at, request }]])
        const answer = answers[Math.min(count, answers.length - 1)]!
        if (answer === "cut") return yield* new HttpClientError.RequestError({ request, reason: "Transport" })
        return HttpClientResponse.fromWeb(request, answer.clone())
      })
    )
    const client = yield* makeFreshdeskClient({ baseUrl: "https://acme.freshdesk.com", authentication }).pipe(
      Effect.provideService(HttpClient.HttpClient, http)
    )
    return { client, sent }
  })

const json = (status: number, body: unknown, headers: Record<string, string> = {}) =>
  new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json", ...headers } })

describe("authentication", () => {
  it("writes each scheme's header, and shows no secret when printed", () => {
    expect(authorizationHeader(authentication)).toBe(`Basic ${Buffer.from("key:X").toString("base64")}`)
    expect(authorizationHeader({ scheme: "token", secret: Redacted.make("k") })).toBe("Token token=k")
    expect(authorizationHeader({ scheme: "bearer", secret: Redacted.make("k") })).toBe("Bearer k")
    expect(`${JSON.stringify(authentication)} ${String(authentication.secret)}`).not.toContain('key"')
  })
})

describe("retries", () => {
  it("reads Retry-After in seconds and as a date", () => {
    const now = Date.parse("2026-03-02T10:00:00Z")
    expect(retryAfterMillis("30", now)).toBe(30_000)
    expect(retryAfterMillis("Mon, 02 Mar 2026 10:01:00 GMT", now)).toBe(60_000)
    expect(retryAfterMillis("Mon, 02 Mar 2026 09:00:00 GMT", now)).toBe(0)
    expect(retryAfterMillis("later", now)).toBeNull()
    expect(retryAfterMillis(undefined, now)).toBeNull()
  })
  it.effect("waits for Retry-After on a 429, then goes on", () =>
    Effect.gen(function* () {
      const { client, sent } = yield* scripted([json(429, {}, { "retry-after": "42" }), json(200, { id: 7 })])
      const fiber = yield* Effect.fork(client.get("ticket", "7"))
      yield* TestClock.adjust("41 seconds")
      expect((yield* Ref.get(sent)).length).toBe(1)
      yield* TestClock.adjust("1 seconds")
      expect((yield* Fiber.join(fiber)).id).toBe(7)
      expect((yield* Ref.get(sent)).map(({ at }) => at)).toEqual([0, 42_000])
    })
  )
  it.effect("gives up after five tries, and says what to do", () =>
    Effect.gen(function* () {
      const { client, sent } = yield* scripted([json(429, {}, { "retry-after": "1" })])
      const fiber = yield* Effect.fork(Effect.flip(client.get("ticket", "7")))
      yield* TestClock.adjust("10 minutes")
      const error = yield* Fiber.join(fiber)
      expect(error).toMatchObject({ reason: "throttled", status: 429 })
      expect((yield* Ref.get(sent)).length).toBe(5)
    })
  )
  it.effect("tries a cut connection again, and does not repeat a create", () =>
    Effect.gen(function* () {
      const { client, sent } = yield* scripted(["cut", json(200, { id: 7 })])
      const fiber = yield* Effect.fork(client.get("ticket", "7"))
      yield* TestClock.adjust("10 seconds")
      expect((yield* Fiber.join(fiber)).id).toBe(7)
      expect((yield* Ref.get(sent)).length).toBe(2)
      const create = yield* scripted([json(503, {})])
      const refused = yield* Effect.flip(
        create.client.rules.create("ticket_update", { name: "n", active: true, actions: [] })
      )
      expect(refused.reason).toBe("rejected")
      expect((yield* Ref.get(create.sent)).length).toBe(1)
    })
  )
  it.effect("slows down by itself below a tenth of the limit", () =>
    Effect.gen(function* () {
      const low = json(200, { id: 7 }, { "x-ratelimit-total": "200", "x-ratelimit-remaining": "5" })
      const { client, sent } = yield* scripted([low])
      yield* client.get("ticket", "7")
      const fiber = yield* Effect.fork(client.get("ticket", "7"))
      yield* TestClock.adjust("9 seconds")
      expect((yield* Ref.get(sent)).length).toBe(1)
      yield* TestClock.adjust("1 seconds")
      yield* Fiber.join(fiber)
    })
  )
  it.effect("reports a wrong shape with its place, and without the value", () =>
    Effect.gen(function* () {
      const { client } = yield* scripted([json(200, [{ id: 1 }, { id: "canary-value" }])])
      const error = yield* Effect.flip(Stream.runCollect(client.list("ticket")))
      expect(error.reason).toBe("unexpectedShape")
      expect(error.message).not.toContain("canary")
    })
  )
})

describe("against the simulator", () => {
  const live = <A, E>(
    use: (client: Effect.Effect.Success<ReturnType<typeof makeFreshdeskClient>>) => Effect.Effect<A, E>,
    url: string,
    key = "key"
  ) =>
    makeFreshdeskClient({ baseUrl: url, authentication: { scheme: "basic", secret: Redacted.make(key) } }).pipe(
      Effect.flatMap(use),
      Effect.provide(Layer.mergeAll(FetchHttpClient.layer))
    )

  it.effect("reads every page, by time as well, and keeps unknown fields", () =>
    Effect.gen(function* () {
      const simulator = yield* Effect.promise(() => simulatedProvider({ entities: 600 }))
      const all = yield* live((client) => Stream.runCollect(client.list("contact", { perPage: 50 })), simulator.url)
      expect(Chunk.size(all)).toBe(270)
      expect(new Set([...all].map((contact) => contact.id)).size).toBe(270)
      expect(Chunk.unsafeHead(all)).toHaveProperty("time_zone")
      const since = new Date(Date.now() - 2_000).toISOString()
      simulator.world.change("ticket", "update", 3, { status: 5 })
      const changed = yield* live(
        (client) => Stream.runCollect(client.list("ticket", { updatedSince: since })),
        simulator.url
      )
      expect([...changed].map((ticket) => ticket.id)).toEqual([3])
    })
  )
  it.effect("skips no ticket that moves while it reads, page after page", () =>
    Effect.gen(function* () {
      const simulator = yield* Effect.promise(() => simulatedProvider({ entities: 600 }))
      const before = new Set(simulator.world.readable("ticket").map((ticket) => ticket.id))
      let count = 0
      const read = yield* live(
        (client) =>
          client.list("ticket", { updatedSince: "2000-01-01T00:00:00Z", perPage: 20 }).pipe(
            // Every third ticket that comes makes an older one, read or not, move to the end.
            Stream.tap(() =>
              Effect.sync(
                () =>
                  void (
                    count++ % 3 === 0 &&
                    count < 300 &&
                    simulator.world.change("ticket", "update", 1 + (count % 270), { status: 3 })
                  )
              )
            ),
            Stream.runCollect
          ),
        simulator.url
      )
      for (const ticket of read) before.delete(ticket.id)
      // What moved into the very second that was being read comes with the overlap of the next reading.
      const newest = [...read].reduce((most, ticket) => Math.max(most, Date.parse(String(ticket.updated_at))), 0)
      const since = `${new Date(newest - 120_000).toISOString().slice(0, 19)}Z`
      const next = yield* live(
        (client) => Stream.runCollect(client.list("ticket", { updatedSince: since })),
        simulator.url
      )
      expect(next.length).toBeLessThan(read.length)
      for (const ticket of next) before.delete(ticket.id)
      expect([...before]).toEqual([])
    })
  )
  it.effect("searches, reads one, lists conversations, and says why it was refused", () =>
    Effect.gen(function* () {
      const simulator = yield* Effect.promise(() => simulatedProvider({ entities: 600, revoked: ["revoked"] }))
      const open = yield* live((client) => Stream.runCollect(client.search("ticket", "status:2")), simulator.url)
      expect(Chunk.size(open)).toBe(270) // nine pages of thirty
      simulator.world.change("conversation", "create", null, { ticket_id: 9, body: "hello" })
      const talk = yield* live((client) => Stream.runCollect(client.conversations("9")), simulator.url)
      expect([...talk].some((reply) => reply["body"] === "hello")).toBe(true)
      const refused = yield* Effect.flip(live((client) => client.get("ticket", "9"), simulator.url, "revoked"))
      expect(refused).toMatchObject({ reason: "unauthorized", status: 401 })
      expect((yield* Effect.flip(live((client) => client.get("ticket", "999999"), simulator.url))).reason).toBe(
        "notFound"
      )
    })
  )
})

describe("the catalogue", () => {
  const match = endpointMatcher(freshdesk)
  it("names endpoints by their templates", () => {
    expect(match("GET", "/api/v2/tickets/42/conversations")).toMatchObject({
      template: "/api/v2/tickets/{id}/conversations",
      subject: "42",
      endpoint: { entity: "conversation", kind: "children" }
    })
    expect(match("GET", "/api/v2/agents/me").template).toBe("/api/v2/agents/me")
    expect(match("GET", "/api/v2/satisfaction_ratings/9")).toMatchObject({
      template: "/api/v2/satisfaction_ratings/{id}",
      endpoint: null,
      subject: "9"
    })
  })
  it("knows its hosts, and no look-alikes", () => {
    expect(
      [
        "acme.freshdesk.com",
        "acme.freshservice.com:443",
        "acme.myfreshworks.com",
        "acme.freshsales.io",
        "api.freshchat.com",
        "freshdesk.com.evil.example",
        "notfreshdesk.com",
        "localhost"
      ].map(productForHost)
    ).toEqual(["freshdesk", "freshservice", "freshsales", "freshsales", "freshchat", null, null, null])
  })
  it.each([
    ["app", "ticket", "update", ["status"], "ticket_update"],
    ["app", "ticket", "update", ["tags"], null],
    ["app", "ticket", "update", ["custom_fields.cf_region"], null],
    ["app", "ticket", "update", ["priority", "tags"], "ticket_update"],
    ["app", "ticket", "delete", [], "ticket_delete"],
    ["app", "contact", "update", ["tags"], "contact_update"],
    ["app", "contact", "update", ["custom_fields.cf_tier"], null],
    ["rule", "ticket", "update", ["custom_fields.cf_region"], "ticket_update"],
    ["rule", "ticket", "delete", [], null],
    ["rule", "contact", "create", [], null]
  ] as const)("says what the %s route fires when a %s's %s touches %j", (route, entity, action, fields, event) => {
    expect(eventFor(freshdesk, route, entity, action, fields)).toBe(event)
  })
})
