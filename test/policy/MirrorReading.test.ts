import { describe, expect, it } from "vitest"
import { answerBoundMs, readingOf } from "../../src/policy/index.js"

const hour = 3_600_000
const told = (...ages: ReadonlyArray<number>) => ages.map((age, id) => ({ id, stamp: 100 * hour - age * hour }))

describe("the reading of what pushes tell in part", () => {
  it("is one list for several of the last six hours, and one call for each that is older", () => {
    const made = readingOf(told(1, 5, 6, 30), 100 * hour, true)
    expect(made).toEqual({ listFrom: 95 * hour, singles: told(1, 5, 6, 30).slice(2), tooMany: false })
  })
  it("is one call for a single one, and where no list shows changes", () => {
    expect(readingOf(told(1), 100 * hour, true)).toMatchObject({ listFrom: null, singles: [{ id: 0 }] })
    expect(readingOf(told(1, 2), 100 * hour, false)).toMatchObject({ listFrom: null, singles: [{ id: 0 }, { id: 1 }] })
  })
  it("is too much for more than five single ones, beside a list as well", () => {
    expect(readingOf(told(9, 9, 9, 9, 9), 100 * hour, true).tooMany).toBe(false)
    expect(readingOf(told(9, 9, 9, 9, 9, 9), 100 * hour, true).tooMany).toBe(true)
    expect(readingOf(told(1, 1, 9, 9, 9, 9, 9, 9), 100 * hour, true)).toMatchObject({
      listFrom: 99 * hour,
      tooMany: true
    })
  })
})

describe("the age that an answer may have", () => {
  it("is a tenth beyond the interval of the sweeps, and a minute and a half", () => {
    expect(answerBoundMs(4 * hour)).toBe(4.4 * hour + 90_000)
  })
})
