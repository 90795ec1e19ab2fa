/** Starts of windows as callers write them, and stamps as providers do: moments, whatever their texts look like. */
import { HttpClient, HttpClientResponse } from "@effect/platform"
import { expect, it } from "@effect/vitest"
import { Chunk, Effect, Redacted, Stream } from "effect"
import { describe } from "vitest"
import { sweepRequests } from "../../src/policy/index.js"
import { makeFreshchatClient } from "../../src/providers/freshchat/Client.js"
import { makeFreshdeskClient } from "../../src/providers/freshdesk/Client.js"
import { makeFreshsalesClient } from "../../src/providers/freshsales/Client.js"
import { makeFreshserviceClient } from "../../src/providers/freshservice/Client.js"
import { utcStamp, windows } from "../../src/providers/Paging.js"
import type { ProviderError } from "../../src/providers/ProviderError.js"

it.each([
  ["2026-06-01T09:00:00Z", "2026-06-01T09:00:00Z"],
  ["2026-06-01T09:00:00.250Z", "2026-06-01T09:00:00.250Z"],
  ["2026-06-01T14:30:00+05:30", "2026-06-01T09:00:00Z"],
  ["2026-06-01T02:00:00.5-0700", "2026-06-01T09:00:00.500Z"],
  ["2026-06-01T09:00:00", "2026-06-01T09:00:00Z"],
  ["2026-06-01", "2026-06-01T00:00:00Z"],
  ["yesterday", null],
  ["", null]
])("%s as UTC is %s", (given, expected) => {
  expect(utcStamp(given)).toBe(expected)
})

const options = {
  baseUrl: "https://acme.example",
  authentication: { scheme: "bearer", secret: Redacted.make("k") }
} as const

/** An API that answers every list with nothing and keeps the parameters that it was asked with. */
const asked = () => {
  const seen: Array<Record<string, string>> = []
  const http = HttpClient.make((request, url) =>
    Effect.sync(() => {
      seen.push(Object.fromEntries(url.searchParams))
      return HttpClientResponse.fromWeb(request, new Response(JSON.stringify(emptyList(url))))
    })
  )
  return { http, seen }
}
const emptyList = (url: URL): unknown => {
  if (url.pathname.endsWith("/users")) return { users: [] }
  if (url.pathname.endsWith("/messages")) return { messages: [] }
  return url.pathname.endsWith("/changes") ? { changes: [] } : []
}

describe("every client's window", () => {
  const given = "2026-06-01T14:30:00+05:30"
  const utc = "2026-06-01T09:00:00Z"
  type List = (http: HttpClient.HttpClient, since: string) => Effect.Effect<Stream.Stream<unknown, ProviderError>>
  const lists: Record<string, List> = {
    "Freshdesk's tickets": (http, since) =>
      Effect.map(makeFreshdeskClient(options), (client) => client.list("ticket", { updatedSince: since })).pipe(
        Effect.provideService(HttpClient.HttpClient, http)
      ),
    "Freshdesk's contacts": (http, since) =>
      Effect.map(makeFreshdeskClient(options), (client) => client.list("contact", { updatedSince: since })).pipe(
        Effect.provideService(HttpClient.HttpClient, http)
      ),
    "Freshservice's changes": (http, since) =>
      Effect.map(makeFreshserviceClient(options), (client) => client.list("change", { updatedSince: since })).pipe(
        Effect.provideService(HttpClient.HttpClient, http)
      ),
    "Freshchat's users": (http, since) =>
      Effect.map(makeFreshchatClient(options), (client) => client.users({ updatedFrom: since, updatedTo: since })).pipe(
        Effect.provideService(HttpClient.HttpClient, http)
      ),
    "Freshchat's messages": (http, since) =>
      Effect.map(makeFreshchatClient(options), (client) => client.messagesOf("c", { fromTime: since })).pipe(
        Effect.provideService(HttpClient.HttpClient, http)
      )
  }
  it.effect.each(Object.entries(lists))("%s: in UTC, whatever the offset", ([, list]) =>
    Effect.gen(function* () {
      const { http, seen } = asked()
      yield* Stream.runDrain(Stream.unwrap(list(http, given)))
      const stamps = seen.flatMap((parameters) => Object.values(parameters).filter((value) => value.startsWith("2026")))
      expect(new Set(stamps)).toEqual(new Set([utc]))
      const { http: unasked, seen: nothing } = asked()
      const refused = yield* Effect.flip(Stream.runDrain(Stream.unwrap(list(unasked, "last week"))))
      expect(refused).toMatchObject({ _tag: "ProviderError", reason: "invalid" })
      expect(nothing).toEqual([])
    })
  )
  it.effect("of Freshsales ends where the moments do, though its stamps have the account's offset", () =>
    Effect.gen(function* () {
      const stamps = ["2026-06-01T15:00:00+05:30", "2026-06-01T14:30:00+05:30", "2026-06-01T14:29:59+05:30"]
      const http = HttpClient.make((request, url) =>
        Effect.sync(() => {
          const body = url.pathname.endsWith("/filters")
            ? { filters: [{ id: 1, name: "All Contacts" }] }
            : { contacts: stamps.map((updated_at, id) => ({ id, updated_at })), meta: { total_pages: 9, total: 3 } }
          return HttpClientResponse.fromWeb(request, new Response(JSON.stringify(body)))
        })
      )
      const client = yield* makeFreshsalesClient(options).pipe(Effect.provideService(HttpClient.HttpClient, http))
      const found = yield* Stream.runCollect(client.list("contact", { updatedSince: utc }))
      expect(Chunk.toReadonlyArray(found).map(({ id }) => id)).toEqual([0, 1])
    })
  )
})

it.effect("a list whose stamps have other offsets and digits than its start is read by windows, each item once", () =>
  Effect.gen(function* () {
    const start = Date.parse("2026-06-01T00:00:00Z")
    const written = (at: number, n: number): string =>
      n % 3 === 0
        ? new Date(at).toISOString()
        : n % 3 === 1
          ? `${new Date(at + 19_800_000).toISOString().slice(0, 19)}+05:30`
          : `${new Date(at).toISOString().slice(0, 19)}Z`
    const all = Array.from({ length: 500 }, (_, n) => ({ id: n, at: start + Math.floor(n / 4) * 1000, n }))
    const asks: Array<string> = []
    const found = yield* Stream.runCollect(
      windows({
        from: "2026-06-01T05:30:00+05:30",
        pageCeiling: 3,
        stampOf: (item: (typeof all)[number]) => written(item.at, item.n),
        keyOf: ({ id }) => String(id),
        read: ({ page, since }) =>
          Effect.sync(() => {
            asks.push(since!)
            const from = all.filter(({ at }) => at >= Date.parse(since!))
            return { items: from.slice((page - 1) * 10, page * 10), more: from.length > page * 10 }
          }),
        tooMany: () => {
          throw new Error("paged on past the ceiling")
        }
      })
    )
    expect(Chunk.toReadonlyArray(found).map(({ id }) => id)).toEqual(all.map(({ id }) => id))
    expect(asks.slice(1).every((since) => since.endsWith("Z"))).toBe(true)
  })
)

describe("the requests that a reading by windows takes", () => {
  // Each window but the first begins with the last item of the one before: 3 a page read 3, then 2 more each.
  it.effect.each([0, 1, 3, 4, 5, 6, 7, 20])("are told for %d items", (count) =>
    Effect.gen(function* () {
      const all = Array.from({ length: count }, (_, n) => ({
        id: n,
        stamp: new Date(Date.UTC(2026, 5, 1) + n * 5_000).toISOString()
      }))
      let requests = 0
      const read = windows<(typeof all)[number]>({
        from: "2026-05-01T00:00:00Z",
        pageCeiling: 9,
        stampOf: ({ stamp }) => stamp,
        keyOf: ({ id }) => String(id),
        read: ({ page, since }) =>
          Effect.sync(() => {
            requests += 1
            const found = all.filter(({ stamp }) => Date.parse(stamp) >= Date.parse(since!))
            return { items: found.slice((page - 1) * 3, page * 3), more: found.length > page * 3 }
          }),
        tooMany: () => expect.fail("one moment has one item")
      })
      expect(Chunk.toReadonlyArray(yield* Stream.runCollect(read))).toHaveLength(count)
      const rule = { by: "timeFilter", perPage: 3, windows: "filtered", hidden: [], wholeEvery: null } as const
      expect(sweepRequests(rule, count, 1_000, false, false)).toBe(requests)
      // Whole, it is read by page numbers.
      expect(sweepRequests(rule, 0, count, true, false)).toBe(Math.max(1, Math.ceil(count / 3)))
    })
  )
})
