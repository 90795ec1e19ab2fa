/** When the next sweep is due, against moments worked out by hand. */
import { describe, expect, it } from "vitest"
import { nextSweepAt } from "../../src/policy/SweepTimes.js"

const minute = 60_000
const hour = 60 * minute
const day = Date.UTC(2026, 4, 4)
const hourly = { every: 4 * hour, busy: 15 * minute, hours: "6-18" }

/** `3:00` of the day, `27:00` of the next. */
const at = (clock: string): number => {
  const [hours = "", minutes = "", seconds = "0"] = clock.split(":")
  return day + Number(hours) * hour + Number(minutes) * minute + Number(seconds) * 1_000
}

describe("the next sweep", () => {
  it("of one interval is due after it", () => {
    expect(nextSweepAt(15 * minute, at("3:07"))).toBe(at("3:22"))
  })
  it.each([
    ["within the busy hours", "6:00", "6:15"],
    ["up to their end", "17:45", "18:00"],
    ["within the others", "18:00", "22:00"],
    ["over midnight", "22:30", "26:30"],
    // Three quarters by 6; the last one at the busy rate takes a quarter of 15 minutes.
    ["cut short by the busy hours", "3:00", "6:03:45"],
    ["just before them", "5:59", "6:14:56.25"],
    // Ten of 15 minutes by 18; a third of four hours is left.
    ["drawn out by their end", "17:50", "19:20"]
  ])("comes %s: from %s at %s", (_, last, next) => {
    expect(nextSweepAt(hourly, at(last))).toBe(at(next))
  })
  it("may lie behind all busy hours of a day", () => {
    // Six hours at 1/12 an hour are a half, three at 1/6 the other half.
    const slow = { every: 12 * hour, busy: 6 * hour, hours: "6-9" }
    expect(nextSweepAt(slow, at("0:00"))).toBe(at("9:00"))
    // 3/12 by 6 and 3/6 by 9; the last quarter takes three hours more.
    expect(nextSweepAt(slow, at("3:00"))).toBe(at("12:00"))
  })
  it("follows several ranges, also over midnight", () => {
    const twice = { every: 2 * hour, busy: hour / 2, hours: "22-2,12-13" }
    expect(nextSweepAt(twice, at("23:45"))).toBe(at("24:15"))
    // A quarter of an hour busy is a half; half of two hours is left.
    expect(nextSweepAt(twice, at("25:45"))).toBe(at("27:00"))
    expect(nextSweepAt(twice, at("12:00"))).toBe(at("12:30"))
  })
  it("is never further than the longest interval nor nearer than the shortest, and a day has the sweeps of its hours", () => {
    let last = at("0:07")
    let sweeps = 0
    for (let next = nextSweepAt(hourly, last); next <= at("240:07"); next = nextSweepAt(hourly, next)) {
      expect(next - last).toBeGreaterThanOrEqual(15 * minute)
      expect(next - last).toBeLessThanOrEqual(4 * hour)
      last = next
      sweeps += 1
    }
    // 48 and three a day.
    expect(sweeps).toBe(10 * 51)
  })
})
