/** The wait for a sweep that does not fail: the closed form, held against a simulation of many changes. */
import { describe, expect, it } from "vitest"
import { failedSweepsOf, intervalsUntilSeen, spreadBehindFailures } from "../../src/analysis/estimates/FailedSweeps.js"
import { randomStream } from "../../src/simulator/Randomness.js"

/** Waits of changes at random moments, in intervals; rising. */
const simulated = (f: number, changes: number): Float64Array => {
  const { next } = randomStream(7, "failing sweeps")
  const waits = new Float64Array(changes)
  for (let n = 0; n < changes; n++) {
    let wait = next()
    while (next() < f) wait += 1
    waits[n] = wait
  }
  return waits.sort()
}

describe("intervals until a share of the changes is seen", () => {
  it("are the share itself where no sweep fails", () => {
    const none = { share: 0, longestRun: 0 }
    expect([0.5, 0.95, 1].map((p) => intervalsUntilSeen(p, none))).toEqual([0.5, 0.95, 1])
  })
  it.each([0.01, 0.05, 0.1, 0.3, 0.6])("are those of a simulation where %d of the sweeps fail", (f) => {
    const waits = simulated(f, 400_000)
    for (const p of [0.5, 0.9, 0.95]) {
      const measured = waits[Math.ceil(p * waits.length) - 1]!
      // The density at the quantile is at least 0.03 per interval here: five standard errors are below 0.06.
      expect(Math.abs(intervalsUntilSeen(p, { share: f, longestRun: 1 }) - measured)).toBeLessThan(0.06)
    }
  })
  it("reach behind the most sweeps that failed in a row, for all changes", () => {
    const sweeps = [..."a.aa.aaa.a"].map((sign) => ({ failed: sign === "." }))
    expect(failedSweepsOf(sweeps)).toEqual({ share: 0.3, longestRun: 1 })
    expect(failedSweepsOf([..."aa..a"].map((sign) => ({ failed: sign === "." })))).toEqual({
      share: 0.4,
      longestRun: 2
    })
    expect(intervalsUntilSeen(1, { share: 0.4, longestRun: 2 })).toBe(3)
  })
  it("are without end where all sweeps fail", () => {
    expect(intervalsUntilSeen(0.5, { share: 1, longestRun: 9 })).toBe(Number.POSITIVE_INFINITY)
    expect(failedSweepsOf([])).toEqual({ share: 0, longestRun: 0 })
  })
})

it("a spread of recorded lags has the weight of each number of failures", () => {
  // Lags of 1 to 100 s of an interval of 100 s: evenly in it, so that the closed form holds.
  const lags = Array.from({ length: 100 }, (_, n) => n + 1)
  const behind = (failed: number) => lags.map((lag) => lag + failed * 100)
  expect(spreadBehindFailures(behind, { share: 0, longestRun: 0 })).toEqual({ p50: 50, p95: 95, max: 100 })
  const failing = { share: 0.1, longestRun: 2 }
  const found = spreadBehindFailures(behind, failing)!
  expect(Math.abs(found.p50 - intervalsUntilSeen(0.5, failing) * 100)).toBeLessThanOrEqual(1)
  expect(Math.abs(found.p95 - intervalsUntilSeen(0.95, failing) * 100)).toBeLessThanOrEqual(1)
  expect(found.max).toBe(300)
  expect(spreadBehindFailures(() => [], failing)).toBeNull()
})
