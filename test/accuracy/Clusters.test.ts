import { describe, expect, it } from "vitest"
import { type ChangeRate, changeRateOf } from "../../src/analysis/estimates/ChangeRate.js"
import { chanceOf } from "./chance.js"
import { jobs, seenBy, sessions, steady, type Writers } from "./clusters.js"

const seeds = 200

/** Each seed's estimate, those that tell none left out. */
const estimates = (writers: Writers, everySeconds: number, hours: number): ReadonlyArray<ChangeRate> =>
  Array.from({ length: seeds }, (_, n) => {
    const { sweeps, versions } = seenBy(writers.write(chanceOf(n + 1), hours), everySeconds, hours)
    return changeRateOf({ sweeps }, versions, 0, 0)
  }).filter((rate): rate is ChangeRate => !("unknown" in rate))

const holding = (rates: ReadonlyArray<ChangeRate>, perHour: number): number =>
  rates.filter(({ perHourInterval: { high, low } }) => low <= perHour && perHour <= high).length / rates.length

describe("the interval of a change rate holds the true rate in about 95 of 100 recordings", () => {
  it.each([
    ["independent changes, few", steady(8, 100), 60, 12],
    ["independent changes, many", steady(60, 20), 60, 12],
    ["jobs that write to 20 entities", jobs(2, 20, 3), 60, 12],
    ["jobs that write to 20 entities, polled slowly", jobs(2, 20, 3), 300, 24],
    ["jobs that take long", jobs(1, 50, 10), 60, 24],
    ["many small jobs", jobs(6, 5, 1), 30, 12],
    ["people who work on one entity, slower than the polling", sessions(4, 8, 120), 60, 12],
    ["people who work on one entity, as fast as the polling", sessions(6, 5, 60), 30, 24]
  ])("of %s", (_, writers, everySeconds, hours) => {
    const rates = estimates(writers, everySeconds, hours)
    expect(rates.length).toBeGreaterThan(seeds * 0.85)
    expect(holding(rates, writers.perHour)).toBeGreaterThanOrEqual(0.92)
  })
  it("is no wider than it was where changes are independent", () => {
    const dispersed = estimates(steady(60, 20), 60, 12).filter(({ dispersion }) => dispersion > 1)
    expect(dispersed.length / seeds).toBeLessThan(0.25)
  })
  it.each([
    ["as fast again", sessions(6, 5, 20), 60],
    ["many changes an interval", sessions(3, 10, 30), 300],
    ["a burst now and then across a sweep", sessions(6, 3, 5), 60]
  ])("is not told where people work on one entity faster than the polling: %s", (_, writers, everySeconds) => {
    expect(estimates(writers, everySeconds, 24).length / seeds).toBeLessThan(0.05)
  })
})
