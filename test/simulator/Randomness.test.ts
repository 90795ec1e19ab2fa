import { describe, expect, it } from "vitest"
import { exponential, exponentialQuantiles } from "../../src/domain/Exponential.js"
import { randomStream, unitOf } from "../../src/simulator/Randomness.js"

const drawn = (seed: number, purpose: string): ReadonlyArray<number> => {
  const { below, exponential: wait, next } = randomStream(seed, purpose)
  return [next(), next(), below(1_000), wait(60)]
}

describe("a stream of random numbers", () => {
  it("is the same for the same seed and purpose, and another for any other", () => {
    expect(drawn(7, "deliveries")).toEqual(drawn(7, "deliveries"))
    expect(drawn(7, "deliveries")).not.toEqual(drawn(8, "deliveries"))
    expect(drawn(7, "deliveries")).not.toEqual(drawn(7, "read lag"))
  })
  it("gives these numbers, on which every simulated account and the demo's report rest", () => {
    expect(drawn(7, "changes of freshdesk")).toMatchInlineSnapshot(`
      [
        0.7786543903940168,
        0.8775976900451472,
        560,
        152.95958688487744,
      ]
    `)
  })
  it("has numbers that belong to a key, whatever was drawn before", () => {
    const first = unitOf(7, "GET /api/v2/tickets 1 there")
    expect(unitOf(7, "GET /api/v2/tickets 2 there")).not.toBe(first)
    expect(unitOf(7, "GET /api/v2/tickets 1 there")).toBe(first)
    expect(first).toBeGreaterThanOrEqual(0)
    expect(first).toBeLessThan(1)
  })
})

describe("the exponential distribution", () => {
  it("has one writing: a draw is the quantile of the share that was drawn", () => {
    expect(exponential(() => 0.5, 100)).toBeCloseTo(100 * Math.LN2, 12)
    expect(exponentialQuantiles(1, 100)).toEqual([exponential(() => 0.5, 100)])
  })
  it("stands for itself by equal shares: they rise, and their mean is nearly its own", () => {
    const values = exponentialQuantiles(1_000, 60)
    expect(values).toEqual([...values].sort((a, b) => a - b))
    expect(values.reduce((sum, value) => sum + value, 0) / 1_000).toBeCloseTo(60, 0)
    expect(exponentialQuantiles(0, 60)).toEqual([])
  })
})
