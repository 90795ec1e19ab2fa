import { HttpClient } from "@effect/platform"
import { describe, expect, it } from "@effect/vitest"
import { Effect, Fiber, Redacted, TestClock } from "effect"
import { makeFreshdeskClient, makeFreshsalesClient, retryFailed } from "../../src/providers/clients.js"
import { httpInto, inProcess, manualTime } from "../support/inProcess.js"

const start = Date.parse("2026-03-02T08:00:00Z")

/** Runs an effect whose waiting is the test's clock's, and lets the simulated world's clock follow. */
const driven = <A, E>(time: ReturnType<typeof manualTime>, effect: Effect.Effect<A, E>) =>
  Effect.gen(function* () {
    const fiber = yield* Effect.fork(effect)
    for (let n = 0; n < 200; n++) {
      time.advance(2_000)
      yield* TestClock.adjust("2 seconds")
    }
    return yield* Fiber.join(fiber)
  })

const desk = (bulk = 0) =>
  Effect.gen(function* () {
    const time = manualTime(start)
    const product = inProcess("freshdesk", { seed: 3, entities: 600, time, bulk })
    const posted: Array<number> = []
    const http = HttpClient.tapRequest(httpInto(product), (request) =>
      Effect.sync(() => {
        if (!request.url.includes("bulk_") || request.body._tag !== "Uint8Array") return
        posted.push(JSON.parse(new TextDecoder().decode(request.body.body)).bulk_action.ids.length)
      })
    )
    const client = yield* makeFreshdeskClient({
      baseUrl: "http://acme.example",
      authentication: { scheme: "basic", secret: Redacted.make("k") }
    }).pipe(Effect.provideService(HttpClient.HttpClient, http))
    return { client, posted, product, time }
  })

describe("bulk requests", () => {
  it.effect("send larger sets in hundreds, and are done when every record is", () =>
    Effect.gen(function* () {
      const { client, posted, product, time } = yield* desk()
      const ids = Array.from({ length: 250 }, (_, n) => n + 1)
      const done = yield* driven(time, client.bulk.update(ids, { priority: 4 }))
      expect(posted).toEqual([100, 100, 50])
      expect(done.ids).toHaveLength(250)
      expect(ids.every((id) => product.world.read("ticket", id)!["priority"] === 4)).toBe(true)
    })
  )
  it.effect("fail with what was not changed when some records were not: nobody can overlook it", () =>
    Effect.gen(function* () {
      const { client, product, time } = yield* desk()
      const error = yield* driven(time, Effect.flip(client.bulk.update([1, 2, 999_999, 3], { priority: 4 })))
      expect(error).toMatchObject({
        _tag: "BulkPartialFailure",
        succeeded: ["1", "2", "3"],
        failed: [{ id: "999999", reason: "not_found" }]
      })
      expect(error.message).toBe(
        "1 of 4 records were not changed (not_found): look at `failed`, mend them, and send those alone again"
      )
      expect(product.world.read("ticket", 3)!["priority"]).toBe(4)
      expect(yield* driven(time, client.bulk.remove([1, 2]))).toEqual({ ids: ["1", "2"] })
      expect(product.world.read("ticket", 1)!["deleted"]).toBe(true)
    })
  )
  it.effect("are sent again for the failed records alone", () =>
    Effect.gen(function* () {
      const { client, posted, product, time } = yield* desk(0.3)
      const ids = Array.from({ length: 60 }, (_, n) => n + 1)
      const ended = yield* driven(
        time,
        Effect.either(retryFailed(ids, String, (left) => client.bulk.update(left, { priority: 1 }), 8))
      )
      expect(ended._tag).toBe("Right")
      expect(posted[0]).toBe(60)
      expect(posted.length).toBeGreaterThan(1)
      expect(posted.every((size, index) => index === 0 || size <= posted[index - 1]!)).toBe(true)
      const changes = product.world.truth.filter(({ action }) => action === "update")
      expect(new Set(changes.map(({ id }) => id)).size).toBe(60)
      expect(changes).toHaveLength(60) // none was changed twice
    })
  )
  it.effect("upsert contacts of Freshsales by what tells them apart", () =>
    Effect.gen(function* () {
      const time = manualTime(start)
      const product = inProcess("freshsales", { seed: 3, entities: 100, time })
      const client = yield* makeFreshsalesClient({
        baseUrl: "http://acme.example",
        authentication: { scheme: "token", secret: Redacted.make("k") }
      }).pipe(Effect.provideService(HttpClient.HttpClient, httpInto(product)))
      const contact = (email: string) => ({ unique_identifier: { emails: email }, data: { city: "Rome" } })
      const error = yield* driven(
        time,
        Effect.flip(
          client.bulk.upsertContacts([contact("lead1@customer.example"), contact("nobody"), contact("new@x.example")])
        )
      )
      expect(error).toMatchObject({
        succeeded: ["lead1@customer.example", "new@x.example"],
        failed: [{ id: "nobody", reason: "invalid_email" }]
      })
      expect(product.world.truth.map(({ action }) => action)).toEqual(["update", "create"])
    })
  )
})
