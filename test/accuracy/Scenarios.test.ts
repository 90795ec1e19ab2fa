import { describe, expect, it } from "vitest"
import { playScenario } from "./scenarios.js"

// A share of what `npm run accuracy` does with fifty; docs/accuracy.md has them all. One for each product.
describe("a random account", () => {
  it.each([8, 16, 23, 25])("is forecast as the replay then calls (seed %d)", { timeout: 60_000 }, async (seed) => {
    const outcome = (await playScenario(seed))!
    expect(outcome.what).not.toBe("")
    // Two percentage points, or the three calls that a small account's unknown list can make.
    expect(Math.abs(outcome.forecast - outcome.replayed)).toBeLessThanOrEqual(Math.max(3, outcome.calls * 0.02))
    expect([outcome.missed, outcome.equal]).toEqual([0, true])
  })
})
