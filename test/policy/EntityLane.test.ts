import { describe, expect, it } from "vitest"
import { fetchTries } from "../../src/policy/Defaults.js"
import { lane, onAnswer, onArrival, startsBehind } from "../../src/policy/EntityLane.js"
import { fetchAgain, servesToo } from "../../src/policy/HydrationPolicy.js"

const unknown = Number.NaN

describe("an entity's lane", () => {
  it.each([
    ["a whole event, nothing before it", onArrival(false, false), lane.apply],
    ["a thin event, nothing before it", onArrival(false, true), lane.fetch],
    ["a whole event behind a fetch", onArrival(true, false), lane.wait],
    ["a thin event behind a fetch", onArrival(true, true), lane.wait],
    ["a whole event, once the fetch is answered", onAnswer(false, 5, 9), lane.apply],
    ["a thin event that the answer shows", onAnswer(true, 5, 5), lane.share],
    ["a thin event that is newer than the answer", onAnswer(true, 5, 6), lane.fetch],
    ["a thin event, nothing answered", onAnswer(true, unknown, 5), lane.fetch],
    ["a thin event without a stamp", onAnswer(true, 5, unknown), lane.share]
  ])("%s", (_, is, expected) => {
    expect(is).toBe(expected)
  })
  it("leaves out no event at a start", () => {
    expect(startsBehind(1_000)).toBe(0)
  })
})

describe("a fetch for a thin event", () => {
  it("is made again for an older version, a bounded number of times", () => {
    expect(fetchAgain(4, 5, 1)).toBe(true)
    expect(fetchAgain(4, 5, fetchTries - 1)).toBe(true)
    expect(fetchAgain(4, 5, fetchTries)).toBe(false)
  })
  it("is not made again where the answer is as new, or has no stamp, or there is no answer", () => {
    expect(fetchAgain(5, 5, 1)).toBe(false)
    expect(fetchAgain(unknown, 5, 1)).toBe(false)
    expect(fetchAgain(5, unknown, 1)).toBe(false)
  })
  it("serves what is no newer", () => {
    expect([servesToo(5, 4), servesToo(5, 5), servesToo(5, 6)]).toEqual([true, true, false])
  })
})
