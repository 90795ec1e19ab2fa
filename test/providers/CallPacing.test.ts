import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { nextPeriod, retryAfterMs, spacedUntil } from "../../src/providers/CallPacing.js"

const minute = 60_000

describe("calls under a limit", () => {
  it("go out freely up to its last tenth", () => {
    expect(spacedUntil(50, 45, 6_000, minute)).toBe(0)
    // Four are left: five spans over the rest of the minute.
    expect(spacedUntil(50, 46, 10_000, minute)).toBe(20_000)
    expect(spacedUntil(50, 50, 10_000, minute)).toBe(minute)
  })
  it("are spaced within their period, in whole milliseconds", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5_000 }), fc.nat(6_000), fc.nat(10 * minute), (total, used, now) => {
        const until = spacedUntil(total, used, now, minute)
        if (until === 0) return
        expect(Number.isInteger(until)).toBe(true)
        expect(until).toBeGreaterThan(now)
        expect(until).toBeLessThanOrEqual(nextPeriod(now, minute))
      })
    )
  })
  it("that are refused wait for whole seconds, into the next period", () => {
    expect(retryAfterMs(59_100, minute)).toBe(1_000)
    expect(retryAfterMs(10_400, minute)).toBe(50_000)
  })
})
