import fc from "fast-check"
import { describe, expect, it } from "vitest"
import {
  type DepthInput,
  dependantsSince,
  isExplained,
  isPushLost,
  isSlowTurn,
  isTurn,
  isWhole,
  nextCursor,
  planSweep,
  reachedBy,
  readsDeepFrom,
  readsDependants,
  restMs,
  type SweepInput,
  sweepRequests,
  tellsOfNews,
  walksDependants,
  wholeTurns
} from "../../src/policy/SweepPlan.js"

const all = Number.NEGATIVE_INFINITY
const usual: SweepInput & DepthInput = {
  wholeEvery: null,
  walks: false,
  sweptTo: 1_000_000,
  watchedSince: 1_500_000,
  nth: 1,
  unfilled: false,
  deletionsDue: false,
  comparedAt: Number.NaN,
  backAt: Number.NaN,
  wanted: true,
  startedAt: 2_000_000,
  everyMs: 600_000,
  overlapMs: 120_000
}

/** No outage; of a sweep that begins now. */
const never = { everyMs: 600_000, startedAt: 2_000_000, backAt: Number.NaN }

describe("what a sweep reads", () => {
  it.each([
    [
      "the first one: all, and in depth what changed lately",
      { sweptTo: Number.NaN, nth: 0 },
      [true, all, 1_400_000, false]
    ],
    [
      "a first one that comes late: in depth what changed since it is watched",
      { sweptTo: Number.NaN, nth: 0, watchedSince: 600_000 },
      [true, all, 600_000, false]
    ],
    [
      "a first one of a backfill",
      { sweptTo: Number.NaN, nth: 0, watchedSince: Number.NaN },
      [true, all, 1_400_000, false]
    ],
    ["a later one: from its cursor, less the overlap", {}, [false, 880_000, 880_000, false]],
    ["a type that is new to the list", { unfilled: true }, [true, all, 880_000, false]],
    ["the turn of a whole list: its ids too", { wholeEvery: 3, nth: 3 }, [false, all, 880_000, true]],
    ["out of turn", { wholeEvery: 3, nth: 4 }, [false, 880_000, 880_000, false]],
    ["dependants of all parents are due: what the list lacks shows too", { walks: true }, [false, all, 880_000, true]],
    ["a comparison for deletions", { deletionsDue: true }, [false, all, 880_000, true]],
    [
      "an outage since the ids were compared, of a list that shows deletions where it is read whole",
      { wholeEvery: 3, nth: 4, comparedAt: 1_800_000, backAt: 1_900_000 },
      [false, all, 880_000, true]
    ],
    [
      "an outage since the ids were compared, of a list that never is read whole",
      { nth: 4, comparedAt: 1_800_000, backAt: 1_900_000 },
      [false, 880_000, 880_000, false]
    ],
    [
      "an outage, of a list that is read for its dependants alone",
      { wholeEvery: 3, nth: 4, backAt: 1_900_000, wanted: false },
      [false, 880_000, 880_000, false]
    ],
    [
      "ids that were compared since the outage",
      { wholeEvery: 3, nth: 4, comparedAt: 1_900_000, backAt: 1_900_000 },
      [false, 880_000, 880_000, false]
    ],
    [
      "no comparison with a state that is empty",
      { deletionsDue: true, sweptTo: Number.NaN },
      [true, all, 1_400_000, false]
    ]
  ])("%s", (_, given, [first, from, deepFrom, comparesIds]) => {
    const input = { ...usual, ...given }
    expect({ ...planSweep(input), deepFrom: readsDeepFrom(input) }).toMatchObject({
      first,
      from,
      deepFrom,
      comparesIds
    })
  })
  it("reads a list to its end in the turns that the forecast counts", () => {
    const every = fc.option(fc.integer({ min: 1, max: 30 }))
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200 }), every, every, (nth, wholeEvery, walks) => {
        const plan = planSweep({ ...usual, nth, wholeEvery, walks: isTurn(nth, walks) })
        expect(plan.whole).toBe(isWhole(nth, wholeEvery, walks))
      })
    )
  })
  it.each([
    ["never read", Number.NaN, true],
    ["a moment too early", 2_000_000 - 3_600_000 + 5_000, true],
    ["an interval of the list too early", 2_000_000 - 3_000_000, false]
  ])("reads dependants that are read more seldom when they are due: %s", (_, lastAt, due) => {
    expect(isSlowTurn(3_600_000, 600_000, lastAt, 2_000_000)).toBe(due)
    const turn = { ...never, slowerMs: 3_600_000, lastAt, sweptTo: 500_000 }
    expect(walksDependants(turn, 4, 2)).toBe(due)
    expect(dependantsSince(turn, 880_000, 120_000)).toBe(due ? 380_000 : Number.NaN)
    expect(dependantsSince({ ...turn, sweptTo: Number.NaN }, 880_000, 120_000)).toBe(due ? 880_000 : Number.NaN)
  })
  it("reads dependants without an interval of their own by count, or of what changed since the list was read", () => {
    const turn = { ...never, slowerMs: Number.NaN, lastAt: 1_999_000, sweptTo: 1 }
    expect([walksDependants(turn, 4, 2), walksDependants(turn, 3, 2), walksDependants(turn, 4, null)]).toEqual([
      true,
      false,
      false
    ])
    expect(dependantsSince(turn, 880_000, 120_000)).toBe(880_000)
  })
  it("reads dependants at once that were not read since an outage, and then at their turn again", () => {
    const out = { ...never, backAt: 1_950_000, sweptTo: 500_000 }
    const slower = { ...out, slowerMs: 3_600_000 }
    const byCount = { ...out, slowerMs: Number.NaN }
    for (const [lastAt, due] of [
      [1_949_999, true],
      [1_950_000, false]
    ] as const) {
      expect(walksDependants({ ...slower, lastAt }, 3, 2)).toBe(due)
      expect(walksDependants({ ...byCount, lastAt }, 3, 2)).toBe(due)
      expect(dependantsSince({ ...slower, lastAt }, 880_000, 120_000)).toBe(due ? 380_000 : Number.NaN)
    }
  })
  it("leaves out no moment between two cursors", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 10_000_000 }), { minLength: 1 }), (newest) => {
        let sweptTo = Number.NaN
        for (const [nth, stamp] of newest.entries()) {
          const plan = planSweep({ ...usual, sweptTo, nth })
          if (nth > 0) expect(plan.from).toBeLessThan(sweptTo)
          sweptTo = nextCursor(Math.max(stamp, Number.isNaN(sweptTo) ? 0 : sweptTo), usual.startedAt)
        }
      })
    )
  })
  it("passes by nothing that changed on one page while another was read", () => {
    // Pages are read one after the other; each shows the stamps of its items as they are then.
    const moments = fc.array(fc.integer({ min: 0, max: 900_000 }), { minLength: 1, maxLength: 8 })
    fc.assert(
      fc.property(moments, fc.integer({ min: -3_600_000, max: 3_600_000 }), (readings, clockIsWrongBy) => {
        const startedAt = 2_000_000
        const readAt = readings.toSorted((a, b) => a - b).map((after) => startedAt + after)
        // The latest that a page can show is the moment of its reading.
        const reached = readAt.map((at) => reachedBy(at, at + clockIsWrongBy, startedAt + clockIsWrongBy))
        expect(Math.max(...reached)).toBeLessThan(startedAt + 1_000)
      })
    )
    expect(reachedBy(5_000, 1_999, 1_000)).toBe(5_000)
    expect(reachedBy(5_000, 900, 1_000)).toBe(5_000)
  })
  it("begins behind an empty list where the sweep began", () => {
    expect(nextCursor(0, 2_000_000)).toBe(2_000_000)
    expect(nextCursor(5, 2_000_000)).toBe(5)
  })
  it("reads dependants of a parent that changed, once", () => {
    expect(readsDependants(10, 5, Number.NaN)).toBe(true)
    expect(readsDependants(10, 5, 9)).toBe(true)
    expect(readsDependants(10, 5, 10)).toBe(false)
    expect(readsDependants(4, 5, Number.NaN)).toBe(false)
  })
})

describe("what a sweep's list costs", () => {
  const byTime = { by: "timeFilter", perPage: 10, hidden: [], wholeEvery: null } as const
  const windowed = { ...byTime, windows: "filtered" } as const
  const newestFirst = { ...byTime, by: "newestFirst" } as const
  it.each([
    ["an empty list: one request", sweepRequests(byTime, 0, 0, false, false), 1],
    ["a full page", sweepRequests(byTime, 10, 100, false, false), 1],
    ["one more", sweepRequests(byTime, 11, 100, false, false), 2],
    ["all of it", sweepRequests(byTime, 0, 100, true, false), 10],
    ["two lists", sweepRequests({ ...byTime, lists: 2 }, 0, 100, true, false), 11],
    ["windows share an item", sweepRequests(windowed, 19, 100, false, false), 2],
    ["windows share an item, one more", sweepRequests(windowed, 20, 100, false, false), 3],
    ["newest first: up to a known item", sweepRequests(newestFirst, 5, 100, false, false), 1],
    ["newest first: over a page, and its front again", sweepRequests(newestFirst, 10, 100, false, false), 3],
    ["newest first: no more than there is", sweepRequests(newestFirst, 10, 10, false, false), 1],
    ["newest first: the view is found once", sweepRequests(newestFirst, 0, 100, true, true), 12]
  ])("%s", (_, is, expected) => {
    expect(is).toBe(expected)
  })
})

it("the next sweep keeps its beat, and comes a second after a longer one at the earliest", () => {
  expect([restMs(300_000, 4_000), restMs(300_000, 299_500), restMs(300_000, 400_000)]).toEqual([296_000, 1_000, 1_000])
})

describe("what tells of a loss", () => {
  const unknown = Number.NaN
  it.each([
    ["by its own event", 5_000, 5_000, unknown, true],
    ["by a newer one", 5_000, 9_000, unknown, true],
    ["by an event of a dependant", 5_000, 1_000, 5_000, true],
    ["by neither", 5_000, 4_000, 4_000, false],
    ["not where nothing is known", 5_000, unknown, unknown, false]
  ])("a stamp is explained %s", (_, stamp, known, touchedAt, explained) => {
    expect(isExplained(stamp, known, touchedAt)).toBe(explained)
  })
  it.each([
    ["an unknown reply", 50_000, 40_000, 10_000, true],
    ["the known one, a rounding apart", 50_000, 49_000, 10_000, false],
    ["one from before what is looked at", 9_000, unknown, 10_000, false],
    ["the first one", 50_000, unknown, 10_000, true],
    ["none", unknown, unknown, 10_000, false]
  ])("a list that shows %s", (_, shown, known, since, isNews) => {
    expect(tellsOfNews(shown, known, since)).toBe(isNews)
  })
  it("a push is lost once it is later than a second try would be", () => {
    expect(isPushLost(0, 120_000, 3_600_000)).toBe(false)
    expect(isPushLost(0, 301_000, 3_600_000)).toBe(true)
    // Of a list that is swept every 270 s no find is older than that.
    expect(isPushLost(0, 140_000, 270_000)).toBe(true)
  })
})

describe("whole readings of a list", () => {
  const hour = 3_600_000
  it.each([
    ["never where deletions show otherwise", null, hour, null],
    ["as its rule says", 24, hour, 24],
    ["no more seldom than once a day", 24, 4 * hour, 6],
    ["each time where the list itself comes once a day", 24, 24 * hour, 1],
    ["each time at a longer interval", 24, 100 * hour, 1],
    ["each time where the rule says so", 1, hour, 1]
  ])("come %s", (_, wholeEvery, everyMs, turns) => {
    expect(wholeTurns(wholeEvery, everyMs)).toBe(turns)
  })
})
