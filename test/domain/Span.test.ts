import { describe, expect, it } from "vitest"
import { dayMs, spanOf, yearProblem } from "../../src/domain/Span.js"

const dayOf = (text: string): number => Date.parse(text) / dayMs
/** So many calls on each of these days. */
const days = (...all: ReadonlyArray<readonly [string, number]>) =>
  all.map(([text, calls]) => ({ day: dayOf(text), calls }))
const shown = (given: ReturnType<typeof days>) => {
  const span = spanOf(given)
  return span === null
    ? null
    : [new Date(span.from).toISOString().slice(0, 10), new Date(span.to - 1).toISOString().slice(0, 10), span.leftOut]
}

describe("the span of a recording", () => {
  it("is that of all calls, however far apart, within three years", () => {
    expect(shown(days(["2026-03-02", 5], ["2026-03-03", 1]))).toEqual(["2026-03-02", "2026-03-03", []])
    // A monthly program, and another of which all calls are of two days.
    expect(shown(days(["2026-01-01", 1], ["2026-02-01", 40], ["2026-03-01", 1]))).toEqual([
      "2026-01-01",
      "2026-03-01",
      []
    ])
    expect(shown(days(["2024-01-01", 1], ["2026-06-01", 1]))).toEqual(["2024-01-01", "2026-06-01", []])
    expect(shown([])).toBeNull()
  })
  it("leaves out what no call can be of, and says which years", () => {
    expect(shown(days(["1970-01-01", 3], ["2026-03-02", 2], ["9999-12-31", 1]))).toEqual([
      "2026-03-02",
      "2026-03-02",
      [
        { year: 1970, calls: 3 },
        { year: 9999, calls: 1 }
      ]
    ])
    expect(shown(days(["1999-12-31", 3]))).toBeNull()
    expect(yearProblem(Date.UTC(9999, 0))).toBe("is of the year 9999: calls are made from 2000 to 2099")
    expect(yearProblem(Date.UTC(2099, 11, 31))).toBeNull()
  })
  it("is the three years with the most calls, the later where two have as many", () => {
    const span = shown(days(["2005-01-01", 9], ["2026-03-01", 10], ["2026-03-02", 10], ["2090-01-01", 1]))
    expect(span?.slice(0, 2)).toEqual(["2026-03-01", "2026-03-02"])
    expect(shown(days(["2010-01-01", 1], ["2030-01-01", 1]))?.[0]).toBe("2030-01-01")
  })
  it("leaves out a few strays that would stretch it, on either side, and nothing that is near", () => {
    const busy = days(["2026-03-01", 500], ["2026-03-02", 500])
    expect(shown([...days(["2025-11-01", 1]), ...busy, ...days(["2026-08-01", 2])])).toEqual([
      "2026-03-01",
      "2026-03-02",
      [
        { year: 2025, calls: 1 },
        { year: 2026, calls: 2 }
      ]
    ])
    expect(shown([...busy, ...days(["2026-03-20", 1])])?.[1]).toBe("2026-03-20")
    // More than one in a hundred are no strays.
    expect(shown([...busy, ...days(["2026-08-01", 20])])?.[1]).toBe("2026-08-01")
  })
})
