import { describe, expect, it } from "vitest"
import { measure } from "./measure.js"
import { summarise } from "./summary.js"

// A share of what `npm run accuracy` does with 200 seeds; docs/accuracy.md has the whole.
const seeds = 24

describe("labelled traffic", () => {
  const measured = Array.from({ length: seeds }, (_, n) => measure(n + 1))
  const summary = summarise(measured)
  it("has each poller found and nothing taken for one", () => {
    expect(summary.labels).toBeGreaterThan(60)
    // Of a hundred pollers one missed is more than a hundredth; over 200 seeds the goal is 0.99.
    expect(summary.precision).toBeGreaterThanOrEqual(0.98)
    expect(summary.recall).toBeGreaterThanOrEqual(0.98)
  })
  it("has no call dropped", () => {
    expect(summary.lostCalls).toBe(0)
  })
  it.each(summary.figures)("gives each poller's $name within $tolerance of what is true, but for few", ({ share }) => {
    expect(share).toBeGreaterThanOrEqual(0.97)
  })
  it("tells a timer that follows the news, and takes no other for one", () => {
    const told = measured.flatMap(({ pairs }) =>
      pairs.map(({ found, label }) => ({
        habit: label.habit.split(",")[0]!,
        by: found.adaptive?.by ?? "nothing",
        // Without empty sweeps it never stretches.
        quiet: label.emptySweeps >= label.sweeps * 0.05 && label.emptySweeps >= 10
      }))
    )
    const adaptive = told.filter(({ habit, quiet }) => habit === "adaptive" && quiet)
    expect(adaptive.length).toBeGreaterThan(3)
    expect(adaptive.filter(({ by }) => by !== "news")).toEqual([])
    expect(told.filter(({ habit, by }) => !/^(?:adaptive|back-off)$/.test(habit) && by !== "nothing")).toEqual([])
  })
  it("gives change rates whose intervals hold the true one", () => {
    expect(summary.rateInsideFinest).toBeGreaterThanOrEqual(0.85)
  })
})
