import { describe, expect, it } from "vitest"
import { durationMillis } from "../../src/domain/DurationText.js"

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
