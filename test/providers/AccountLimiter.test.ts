import { describe, expect, it } from "@effect/vitest"
import { Clock, Duration, Effect, Fiber, TestClock } from "effect"
import { makeAccountLimiter } from "../../src/providers/clients.js"
import { allProviders, creditsOf, freshdesk, freshsales, freshservice } from "../../src/providers/index.js"

const list = "GET /api/v2/tickets"
const plan = { limit: 50, period: "minute", endpoints: { [list]: 5 }, source: "test" } as const

/** When `count` calls went out, in seconds. */
const outgoing = (limiter: ReturnType<typeof makeAccountLimiter>, endpoint: string, count: number, minutes = 10) =>
  Effect.gen(function* () {
    const began = yield* Clock.currentTimeMillis
    const fiber = yield* Effect.fork(
      Effect.forEach(
        Array.from({ length: count }),
        () =>
          Effect.zipRight(
            limiter.acquire(endpoint),
            Effect.map(Clock.currentTimeMillis, (now) => (now - began) / 1000)
          ),
        { concurrency: "unbounded" }
      )
    )
    yield* TestClock.adjust(`${minutes} minutes`)
    return yield* Fiber.join(fiber)
  })

describe("an account's limiter", () => {
  it.effect("lets no more out than the plan allows, for all clients together, and spreads the last tenth", () =>
    Effect.gen(function* () {
      const limiter = makeAccountLimiter(plan)
      const times = yield* outgoing(limiter, "GET /api/v2/companies", 60)
      expect(times.filter((at) => at < 60).length).toBeLessThanOrEqual(50)
      expect(times.filter((at) => at === 0).length).toBe(46) // 45 freely; from then on less than a tenth is left
      expect(Math.max(...times)).toBeGreaterThanOrEqual(60)
      for (let minute = 0; minute < 3; minute++)
        expect(times.filter((at) => Math.floor(at / 60) === minute).length).toBeLessThanOrEqual(50)
    })
  )
  it.effect("holds an endpoint to its own limit, and leaves the others alone", () =>
    Effect.gen(function* () {
      const limiter = makeAccountLimiter(plan)
      const lists = yield* outgoing(limiter, list, 12)
      for (let minute = 0; minute < 3; minute++)
        expect(lists.filter((at) => Math.floor(at / 60) === minute).length).toBeLessThanOrEqual(5)
      expect((yield* outgoing(limiter, "GET /api/v2/companies", 10)).every((at) => at === 0)).toBe(true)
    })
  )
  it.effect("learns from the answers, whatever else calls the account", () =>
    Effect.gen(function* () {
      const limiter = makeAccountLimiter(plan)
      yield* limiter.acquire("GET /x")
      yield* limiter.note("GET /x", { "x-ratelimit-total": "50", "x-ratelimit-remaining": "0" })
      expect(yield* outgoing(limiter, "GET /x", 1)).toEqual([60])
    })
  )
  it.effect("takes a list's own limit for the account's under no plan that the settings may name", () =>
    Effect.gen(function* () {
      // A limit of the source's own names no endpoint; an account of pro may be set as growth.
      const own = { limit: 300, period: "minute", endpoints: {}, source: "test" } as const
      for (const [limits, total] of [
        [own, 20],
        [freshdesk.plans["growth"]!, 100]
      ] as const) {
        const limiter = makeAccountLimiter(limits, freshdesk.plans)
        yield* limiter.acquire(list)
        yield* limiter.note(list, { "x-ratelimit-total": String(total), "x-ratelimit-remaining": "0" })
        expect((yield* outgoing(limiter, "GET /api/v2/companies", 100)).every((at) => at === 0)).toBe(true)
        yield* limiter.acquire(list)
        yield* limiter.note(list, { "x-ratelimit-total": String(total), "x-ratelimit-remaining": "0" })
        expect((yield* outgoing(limiter, list, 1))[0]).toBeGreaterThan(0)
      }
    })
  )
  it.effect("is silent for everybody while a Retry-After runs", () =>
    Effect.gen(function* () {
      const limiter = makeAccountLimiter(null)
      yield* limiter.pause(Duration.seconds(30))
      expect(yield* outgoing(limiter, "GET /a", 2)).toEqual([30, 30])
    })
  )
  it.effect("counts Freshsales by the hour", () =>
    Effect.gen(function* () {
      const limiter = makeAccountLimiter(freshsales.plans["growth"]!)
      const times = yield* outgoing(limiter, "GET /x", 1_100, 150)
      expect(times.filter((at) => at < 3_600).length).toBe(1_000)
      expect(times.filter((at) => at >= 3_600).length).toBe(100)
      // And by the minute, whatever the hour has left.
      expect(times.filter((at) => at < 60).length).toBe(400)
      expect(times.filter((at) => at >= 60 && at < 120).length).toBe(400)
    })
  )
  it("charges an embed as Freshservice does", () => {
    const endpoint = (template: string) =>
      freshservice.endpoints.find((one) => one.method === "GET" && one.template === template)!
    expect(creditsOf(freshservice, endpoint("/api/v2/tickets"), "requester")).toBe(4)
    expect(creditsOf(freshservice, endpoint("/api/v2/tickets/{id}"), "requester")).toBe(2)
    expect(creditsOf(freshservice, endpoint("/api/v2/tickets"), null)).toBe(1)
  })
  it("charges Freshdesk's stats on a list", () => {
    const endpoint = (template: string) =>
      freshdesk.endpoints.find((one) => one.method === "GET" && one.template === template)!
    expect(creditsOf(freshdesk, endpoint("/api/v2/tickets"), "requester,stats")).toBe(3)
    expect(creditsOf(freshdesk, endpoint("/api/v2/tickets"), "requester")).toBe(1)
    expect(creditsOf(freshdesk, endpoint("/api/v2/tickets/{id}"), "stats")).toBe(1)
  })
  it("every limit, allowance and policy says where it comes from", () => {
    for (const provider of allProviders()) {
      const figures = [
        ...Object.values(provider.plans),
        ...Object.values(provider.deliveryPolicies),
        ...Object.values(provider.allowances)
      ]
      expect(figures.length).toBeGreaterThan(3)
      for (const { source } of figures)
        expect(source, provider.product).toMatch(/\[(?:docs|field|assumed)\]|founding brief/)
    }
  })
})

it.effect("waits whole milliseconds, which a clock of whole milliseconds can reach", () =>
  Effect.gen(function* () {
    const limiter = makeAccountLimiter({ limit: 70, period: "minute", endpoints: {}, source: "test" })
    yield* TestClock.setTime(1_234)
    yield* limiter.note("GET /x", { "x-ratelimit-total": "70", "x-ratelimit-remaining": "6" })
    yield* limiter.pause(Duration.millis(0.3))
    const fiber = yield* Effect.fork(limiter.acquire("GET /x"))
    const wakes = yield* TestClock.sleeps()
    expect([...wakes].every((at) => Number.isInteger(at))).toBe(true)
    yield* TestClock.adjust("1 minute")
    yield* Fiber.join(fiber)
  })
)
