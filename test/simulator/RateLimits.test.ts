/** An account's limits: by two periods at once, by endpoint, and as pushes use them. */
import { expect, it } from "vitest"
import { freshsales } from "../../src/providers/index.js"
import { makeRateLimits } from "../../src/simulator/RateLimits.js"

const start = Date.parse("2026-03-02T08:00:10Z")

it("refuse Freshsales's calls beyond 400 a minute, whatever the hour has left", () => {
  const { call } = makeRateLimits(freshsales.plans["growth"]!)
  const made = Array.from({ length: 401 }, () => call("GET /x", 1, start))
  expect(made.filter(({ allowed }) => allowed)).toHaveLength(400)
  expect(made.at(-1)).toMatchObject({ allowed: false, retryAfterSeconds: 50, total: 1_000, remaining: 599 })
  expect(call("GET /x", 1, start + 50_000).allowed).toBe(true)
})
it("refuse them beyond the hour's, whatever the minute has left", () => {
  const { call } = makeRateLimits(freshsales.plans["growth"]!)
  const allowed = Array.from({ length: 1_100 }, (_, n) => call("GET /x", 1, start + n * 1_000).allowed)
  expect(allowed.filter(Boolean)).toHaveLength(1_000)
  expect(call("GET /x", 1, start + 1_100_000).retryAfterSeconds).toBe(2_490)
})
it("are shared by pushes, which take nothing where none is left", () => {
  const limits = makeRateLimits({ limit: 3, period: "minute", endpoints: { "GET /x": 1 }, source: "test" })
  expect(limits.call("GET /x", 1, start).allowed).toBe(true)
  expect([limits.push(start), limits.push(start), limits.push(start)]).toEqual([true, true, false])
  expect(limits.call("GET /y", 1, start).allowed).toBe(false)
  expect(limits.push(start + 50_000)).toBe(true)
  expect(limits.call("GET /x", 1, start + 50_000)).toMatchObject({ allowed: true, remaining: 0 })
})
