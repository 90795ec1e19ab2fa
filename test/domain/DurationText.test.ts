import { describe, expect, it } from "vitest"
import {
  approximateDuration,
  durationMillis,
  intervalDuration,
  roundedDuration,
  settingDuration
} from "../../src/domain/DurationText.js"

describe("a duration in text", () => {
  it.each([
    ["90s", 90_000],
    ["1.5 h", 5_400_000],
    ["15m", 900_000],
    ["15min", 900_000],
    ["250ms", 250],
    ["4 seconds", 4_000],
    ["1 hour", 3_600_000],
    ["2 weeks", 1_209_600_000],
    [" 1d ", 86_400_000]
  ])("%s", (text, millis) => {
    expect(durationMillis(text)).toBe(millis)
  })
  it.each(["", "soon", "5", "h", "-5 seconds", "5 parsecs", "1h30m", "5 constructor", "1 m s"])(
    "%j is not a duration",
    (text) => {
      expect(durationMillis(text)).toBeNull()
    }
  )
})

describe("a duration is shown", () => {
  it("as a setting takes it back", () => {
    const seconds = [45, 90, 900, 3_600, 172_800]
    expect(seconds.map(settingDuration)).toEqual(["45s", "90s", "15m", "1h", "2d"])
    expect(seconds.map((each) => durationMillis(settingDuration(each))! / 1_000)).toEqual(seconds)
  })
  it("as a chosen interval, as a measured one, and roughly", () => {
    expect([86_400, 21_600, 900, 450].map(intervalDuration)).toEqual(["1 d", "6 h", "15 min", "7.5 min"])
    expect([12.34, 300, 9_000].map(roundedDuration)).toEqual(["12.3 s", "5 min", "2.5 h"])
    expect([10, 300, 10_800, 172_800].map(approximateDuration)).toEqual(["1 min", "5 min", "3 hours", "2 days"])
  })
})
