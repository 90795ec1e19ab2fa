/**
 * `Retry-After` as servers write it: read by one rule, and kept to by every product's client, the hand-over and the
 * recorder.
 */
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { join } from "node:path"
import { HttpClient, HttpClientResponse } from "@effect/platform"
import { expect, it } from "@effect/vitest"
import { Duration, Effect, Fiber, Redacted, TestClock } from "effect"
import { describe, onTestFinished } from "vitest"
import { instrumentFetch, openRecorder } from "../../src/index.js"
import { makeFreshchatClient } from "../../src/providers/freshchat/Client.js"
import { makeFreshdeskClient } from "../../src/providers/freshdesk/Client.js"
import { makeFreshsalesClient } from "../../src/providers/freshsales/Client.js"
import { makeFreshserviceClient } from "../../src/providers/freshservice/Client.js"
import { retryAfterMillis } from "../../src/providers/index.js"
import type { ProviderError } from "../../src/providers/ProviderError.js"
import type { ClientOptions } from "../../src/providers/Transport.js"
import { forwardTo } from "../../src/receiver/index.js"
import { openDatabase } from "../../src/store/index.js"
import { temporaryFolder } from "../support/files.js"

const now = Date.parse("2026-07-01T12:00:00Z")
const day = 86_400_000

describe("the header", () => {
  it.each<[string | ReadonlyArray<string> | null | undefined, number | null]>([
    ["7", 7_000],
    ["0", 0],
    [" 7 ", 7_000],
    ["\t7\t", 7_000],
    ["007", 7_000],
    ["+7", 7_000],
    ["1.25", 1_250],
    [".5", 500],
    ["5.", 5_000],
    ["7, 7", 7_000],
    ["2,9, 4", 9_000],
    [["3", "8"], 8_000],
    ["-7", null],
    ["-0.5", null],
    ["-7, 3", 3_000],
    ["", null],
    ["  ", null],
    [",", null],
    ["soon", null],
    ["7s", null],
    ["1e3", null],
    ["0x10", null],
    ["NaN", null],
    ["Infinity", null],
    ["in 5 minutes", null],
    ["7 8", null],
    [null, null],
    [undefined, null],
    ["Wed, 01 Jul 2026 12:00:30 GMT", 30_000],
    ["wednesday, 01-Jul-26 12:00:30 GMT", 30_000],
    ["Wed Jul  1 12:00:30 2026", 30_000],
    ["Wed, 01 Jul 2026 17:30:30 +0530", 30_000],
    ["2026-07-01T12:00:30Z", 30_000],
    ["2026-07-01T17:30:30+05:30", 30_000],
    ["Wed, 01 Jul 2026 12:00:30 GMT, 45", 45_000],
    ["45, Wed, 01 Jul 2026 12:00:30 GMT", 45_000],
    ["Wed, 01 Jul 2026 12:00:30 GMT, Wed, 01 Jul 2026 12:01:00 GMT", 60_000],
    ["Wed, 01 Jul 2026 11:00:00 GMT", 0],
    ["Thu, 01 Jan 1970 00:00:00 GMT", 0],
    ["Fri, 31 Dec 9999 23:59:59 GMT", day],
    ["99999999999999999999", day],
    ["9".repeat(400), day],
    ["Wed, 99 Foo 2026 12:00:30 GMT", null]
  ])("%j says %s", (value, expected) => {
    expect(retryAfterMillis(value, now)).toBe(expected)
  })
  it("as a date is held against the server's own clock, where it tells it", () => {
    const fiveMinutesBehind = now - 300_000
    expect(retryAfterMillis("Wed, 01 Jul 2026 11:55:30 GMT", now, fiveMinutesBehind)).toBe(30_000)
    expect(retryAfterMillis("30", now, fiveMinutesBehind)).toBe(30_000)
  })
})

type Make = (
  options: ClientOptions
) => Effect.Effect<
  { readonly get: (entity: never, id: string) => Effect.Effect<unknown, ProviderError> },
  never,
  HttpClient.HttpClient
>

const clients: Record<string, { readonly make: Make; readonly entity: string; readonly body: unknown }> = {
  freshdesk: { make: makeFreshdeskClient, entity: "ticket", body: { id: 7 } },
  freshservice: { make: makeFreshserviceClient, entity: "ticket", body: { ticket: { id: 7 } } },
  freshsales: { make: makeFreshsalesClient, entity: "contact", body: { contact: { id: 7 } } },
  freshchat: { make: makeFreshchatClient, entity: "user", body: { id: "7" } }
}

/** Answers 429 so often, then what was asked for; `sent` is when each request came. */
const throttled = (retryAfter: string | undefined, times: number, body: unknown) => {
  const sent: Array<number> = []
  const http = HttpClient.make((request) =>
    Effect.map(TestClock.currentTimeMillis, (at) => {
      sent.push(at)
      const refused = sent.length <= times
      const headers = refused && retryAfter !== undefined ? { "retry-after": retryAfter } : undefined
      return HttpClientResponse.fromWeb(
        request,
        new Response(JSON.stringify(refused ? {} : body), {
          status: refused ? 429 : 200,
          ...(headers ? { headers } : {})
        })
      )
    })
  )
  return { http, sent }
}

describe.each(Object.entries(clients))("the client of %s", (_, { body, entity, make }) => {
  const read = (retryAfter: string | undefined, times = 1) =>
    Effect.gen(function* () {
      const { http, sent } = throttled(retryAfter, times, body)
      const client = yield* make({
        baseUrl: "https://acme.example",
        authentication: { scheme: "bearer", secret: Redacted.make("k") }
      }).pipe(Effect.provideService(HttpClient.HttpClient, http))
      const fiber = yield* Effect.fork(client.get(entity as never, "7"))
      yield* TestClock.adjust(Duration.hours(5))
      yield* Fiber.join(fiber)
      return sent.map((at) => at - sent[0]!)
    })
  it.effect("waits as long as it was asked to, once or twice, in any spelling", () =>
    Effect.gen(function* () {
      expect(yield* read("2, 2")).toEqual([0, 2_000])
      expect(yield* read(" 3 ")).toEqual([0, 3_000])
      expect(yield* read("+4")).toEqual([0, 4_000])
      expect(yield* read("1.5")).toEqual([0, 1_500])
    })
  )
  it.effect("waits no longer than an hour for one call, however far away the moment is", () =>
    Effect.gen(function* () {
      expect(yield* read("9".repeat(30))).toEqual([0, 3_600_000])
      expect(yield* read("Fri, 31 Dec 9999 23:59:59 GMT")).toEqual([0, 3_600_000])
    })
  )
  it.effect("backs off where the header says nothing, or a moment that has passed", () =>
    Effect.gen(function* () {
      for (const header of ["-5", "soon", "", undefined, "0", "Thu, 01 Jan 1970 00:00:00 GMT"]) {
        const [, second, third, fourth] = yield* read(header, 3)
        expect([header, second! <= 1_000, third! - second! <= 2_000, fourth! - third! <= 4_000]).toEqual([
          header,
          true,
          true,
          true
        ])
        // Full jitter: none of the waits is nothing.
        expect(new Set([0, second, third, fourth]).size).toBe(4)
      }
    })
  )
})

const answering = async (headers: Record<string, string | ReadonlyArray<string>>): Promise<string> => {
  const server = createServer((_, response) => {
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
    response.writeHead(503).end()
  }).listen(0, "127.0.0.1")
  onTestFinished(() => void server.close())
  await new Promise((resume) => server.once("listening", resume))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

describe("elsewhere", () => {
  it("the hand-over reads it so, and waits an hour at the most", async () => {
    for (const [value, expected] of [
      ["+9", 9_000],
      ["-9", null],
      ["9".repeat(30), 3_600_000]
    ] as const) {
      const target = forwardTo({ url: await answering({ "retry-after": value }), secret: null })
      onTestFinished(() => target.close?.())
      const event = {
        deliveryId: 1,
        attempts: 0,
        eventId: "e",
        source: "s",
        entity: "ticket",
        entityId: "1",
        body: "{}"
      }
      await expect(target.deliver(event)).rejects.toMatchObject({ kind: "Status503", retryAfterMs: expected })
    }
  })
  it("the recorder writes down what was said, and null for what cannot be read", async () => {
    const db = join(temporaryFolder(), "r.db")
    const given = ["5, 5", "-5", "+6", "7s", ""]
    const urls = await Promise.all(given.map((value) => answering({ "retry-after": value })))
    const recorder = openRecorder({ db, integration: "t", hosts: urls.map((url) => new URL(url).host) })
    const recorded = instrumentFetch(fetch, recorder)
    for (const url of urls) await (await recorded(`${url}/api/v2/tickets`)).text()
    await recorder.close()
    const database = openDatabase(db)
    const rows = database.prepare("SELECT retry_after FROM call ORDER BY started_at, id").pluck().all()
    database.close()
    expect(rows).toHaveLength(given.length)
    expect([...rows].sort()).toEqual([5, 6, null, null, null])
  })
})
