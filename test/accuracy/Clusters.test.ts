import { describe, expect, it } from "vitest"
import { playCase, toldCases, untoldCases } from "./clusterCases.js"

describe("the interval of a change rate holds the true rate in about 95 of 100 recordings", () => {
  it.each(toldCases)("of $name", (one) => {
    const { holding, told } = playCase(one)
    expect(told).toBeGreaterThan(0.85)
    expect(holding).toBeGreaterThanOrEqual(0.92)
  })
  it("is no wider than it was where changes are independent", () => {
    expect(playCase(toldCases[1]!).dispersed).toBeLessThan(0.25)
  })
  it.each(untoldCases)("is not told of $name", (one) => {
    expect(playCase(one).told).toBeLessThan(0.05)
  })
})
