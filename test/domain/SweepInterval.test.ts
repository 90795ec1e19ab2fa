/** Intervals by the hour of the day, in text and in figures. */
import { describe, expect, it } from "vitest"
import {
  atMost,
  busyHours,
  convertInterval,
  intervalText,
  longestGap,
  meanInterval,
  shortestGap
} from "../../src/domain/SweepInterval.js"

const hourly = { every: 14_400, busy: 900, hours: "6-18" }
const named = (text: string) => busyHours(text)?.flatMap((one, hour) => (one ? [hour] : []))

describe("busy hours", () => {
  it.each([
    ["6-9", [6, 7, 8]],
    ["22-2", [0, 1, 22, 23]],
    ["6-8,14-16", [6, 7, 14, 15]],
    [" 6 - 8 , 7 - 9 ", [6, 7, 8]],
    ["23-24", [23]],
    ["23-0", [23]]
  ])("of %s end before the second hour of a range", (text, hours) => {
    expect(named(text)).toEqual(hours)
  })
  it("may be all of them", () => {
    expect(named("0-24")).toHaveLength(24)
    expect(named("5-6,0-24")).toHaveLength(24)
  })
  it.each(["", "6", "6-6", "24-6", "6-25", "6-18,", "six", "6-18;20-22", "-6", "06:00-18:00"])(
    "of %j are none",
    (text) => {
      expect(busyHours(text)).toBeNull()
    }
  )
})

describe("an interval", () => {
  it("by the hour is that of a day's sweeps on average", () => {
    // 12 hours at 15 min make 48 sweeps, 12 hours at 4 h three: 86,400 s / 51.
    expect(meanInterval(hourly)).toBeCloseTo(86_400 / 51, 9)
    expect(meanInterval(600)).toBe(600)
    expect([longestGap(hourly), shortestGap(hourly), longestGap(600), shortestGap(600)]).toEqual([
      14_400, 900, 600, 600
    ])
  })
  it("has another unit, and another most", () => {
    expect(convertInterval(hourly, (seconds) => seconds * 1_000)).toEqual({
      every: 14_400_000,
      busy: 900_000,
      hours: "6-18"
    })
    expect(atMost(hourly, 3_600)).toEqual({ every: 3_600, busy: 900, hours: "6-18" })
    expect(atMost(hourly, 20_000)).toEqual(hourly)
    expect(atMost(hourly, 900)).toBe(900)
    expect(atMost(600, 900)).toBe(600)
  })
  it("is told in words", () => {
    const show = (seconds: number) => `${seconds / 60} min`
    expect(intervalText(600, show)).toBe("every 10 min")
    expect(intervalText(hourly, show)).toBe("every 15 min from 6 to 18 UTC, else every 240 min")
    expect(intervalText({ ...hourly, hours: "6-12, 14-18" }, show)).toContain("from 6 to 12 and from 14 to 18 UTC")
  })
})
