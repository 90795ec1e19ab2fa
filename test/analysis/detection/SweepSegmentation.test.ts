/** Which calls of a list make one sweep: pages, retries, sweeps that overlap; in tables, and for any calls at all. */
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { segmentSweeps } from "../../../src/analysis/detection/SweepSegmentation.js"
import { type CallAt, secondsOf, streamOf } from "./streams.js"

const ceiling = 300

/** By row the index of its sweep. */
const sweepsOf = (calls: ReadonlyArray<CallAt>, pageCeiling = ceiling): ReadonlyArray<number> => [
  ...segmentSweeps(streamOf(calls).calls, null, pageCeiling).segmentOf
]

/** First pages every minute, so that the interval is known. */
const minutes = (...numbers: ReadonlyArray<number>): ReadonlyArray<CallAt> =>
  numbers.map((n) => ({ at: n * 60, page: 1 }))

const refused = { status: 429, page: 1 }
const fullPage = { items: 100, newVersions: 100 }

describe("one sweep", () => {
  const table: ReadonlyArray<readonly [name: string, calls: ReadonlyArray<CallAt>, sweeps: ReadonlyArray<number>]> = [
    [
      "is a first page with its further pages",
      [1, 2, 3, 1, 2].map((page, n) => ({ at: n < 3 ? n : 60 + n, page })),
      [0, 0, 0, 1, 1]
    ],
    [
      "goes on with its next page after minutes of detail calls",
      [...minutes(0, 60), { at: 600, page: 2 }, { at: 1_200, page: 3 }],
      [0, 0, 0, 1]
    ],
    [
      "does not go on after an hour",
      [
        { at: 0, page: 1 },
        { at: 3_601, page: 2 }
      ],
      [0, 1]
    ],
    [
      "holds a page whose predecessor was not recorded",
      [...minutes(0), { at: 5, page: 3 }, ...minutes(1, 2)],
      [0, 0, 1, 2]
    ],
    [
      "holds pages requested in parallel",
      [
        { at: 0, page: 1, durationMs: 900 },
        { at: 0.1, page: 4, durationMs: 900 },
        { at: 0.2, page: 3, durationMs: 900 },
        { at: 0.3, page: 2, durationMs: 900 }
      ],
      [0, 0, 0, 0]
    ],
    [
      "holds the retry that waited for Retry-After",
      [...minutes(0, 1, 2), { at: 180, ...refused, retryAfterSeconds: 30 }, { at: 211, page: 1 }, ...minutes(4, 5)],
      [0, 1, 2, 3, 3, 4, 5]
    ],
    [
      "holds a quick retry after a server error",
      [...minutes(0, 1, 2), { at: 180, status: 503, page: 1 }, { at: 185, page: 1 }, ...minutes(4)],
      [0, 1, 2, 3, 3, 4]
    ],
    [
      "is not retried by the next one on the timer",
      [...minutes(0, 1, 2), { at: 180, status: 500, page: 1 }, ...minutes(4, 5)],
      [0, 1, 2, 3, 4, 5]
    ],
    [
      "is not retried by the next one where the failed call took long",
      [...minutes(0, 1, 2), { at: 180, status: 0, page: 1, durationMs: 55_000 }, ...minutes(4, 5)],
      [0, 1, 2, 3, 4, 5]
    ],
    [
      "holds the retry of a further page",
      [...minutes(0), { at: 1, page: 2, status: 429, retryAfterSeconds: 40 }, { at: 42, page: 2 }, ...minutes(2)],
      [0, 0, 0, 1]
    ],
    [
      "goes on by cursor after a full page of new versions",
      [0, 0.4, 0.8, 60, 120].map((at, n) => ({ at, ...(n < 2 ? fullPage : {}) })),
      [0, 0, 0, 1, 2]
    ],
    [
      "ends with a full page of known versions",
      [0, 0.4, 60, 60.4].map((at) => ({ at, items: 100, newVersions: 0 })),
      [0, 1, 2, 3]
    ]
  ]
  it.each(table)("%s", (_, calls, sweeps) => {
    expect(sweepsOf(calls)).toEqual(sweeps)
  })

  it("goes on from the first page of a later window at the page ceiling", () => {
    const window = (at: number) => [0, 1, 2].map((n) => ({ at: at + n, page: n + 1 }))
    expect(sweepsOf([...window(0), ...window(4)], 3)).toEqual([0, 0, 0, 0, 0, 0])
    expect(sweepsOf([...window(0), ...window(4)], 4)).toEqual([0, 0, 0, 1, 1, 1])
  })

  it("is told from one of another process, and from an overlapping one of the same, by pages", () => {
    const pages = (process: number, at: number) =>
      [0, 10, 20].map((n, page) => ({ at: at + n, page: page + 1, process }))
    expect(sweepsOf([...pages(7, 0), ...pages(8, 5)])).toEqual([0, 1, 0, 1, 0, 1])
    const slow = [1, 2, 3].map((page, n) => ({ at: n * 30, page, durationMs: 29_000 }))
    const overlapping = [1, 2].map((page, n) => ({ at: 40 + n * 8, page, durationMs: 1_000 }))
    // Page 2 is due in both; it goes to the sweep whose first page has just ended.
    expect(sweepsOf([...slow, ...overlapping])).toEqual([0, 0, 1, 1, 0])
  })

  it("counts pages, refusals, items and new versions, which an unreadable body hides", () => {
    const calls = [
      { at: 0, page: 1, items: 100, newVersions: 3 },
      { at: 1, page: 2, status: 429 },
      { at: 2, page: 2, items: 20, newVersions: 1 },
      { at: 600, page: 1, items: 0, newVersions: null },
      { at: 1_200, page: 1, status: 500 }
    ]
    const { segments } = segmentSweeps(streamOf(calls).calls, null, ceiling)
    expect(
      segments.map(({ failed, items, newVersions, pages, throttled }) => [pages, throttled, items, newVersions, failed])
    ).toEqual([
      [3, 1, 120, 4, false],
      [1, 0, 0, null, false],
      [1, 0, 0, 0, true]
    ])
    expect(secondsOf(segments[0]!.endedAt)).toBeCloseTo(2.2, 3)
  })

  it("is made of the given rows only", () => {
    const { calls } = streamOf(minutes(0, 1, 2, 3))
    expect([...segmentSweeps(calls, [1, 3], ceiling).segmentOf]).toEqual([-1, 0, -1, 1])
  })
})

const anyCall = fc.record({
  gap: fc.integer({ min: 0, max: 120_000 }),
  page: fc.option(fc.integer({ min: 1, max: 5 })),
  status: fc.constantFrom(200, 200, 200, 304, 429, 500, 0),
  durationMs: fc.option(fc.integer({ min: 0, max: 20_000 })),
  retryAfterSeconds: fc.option(fc.integer({ min: 0, max: 300 })),
  items: fc.integer({ min: 0, max: 3 }),
  newVersions: fc.option(fc.integer({ min: 0, max: 3 })),
  process: fc.constantFrom(null, 1, 2)
})

const anyCalls = fc.array(anyCall, { minLength: 1, maxLength: 60 }).map((calls) => {
  let at = 0
  return calls.map(({ gap, ...call }): CallAt => {
    at += gap
    return { at: at / 1_000, ...call }
  })
})

describe("of any calls", () => {
  it("each is in one sweep, and a sweep holds calls of one process, from its first on", () => {
    fc.assert(
      fc.property(anyCalls, (some) => {
        const { calls } = streamOf(some)
        const { segmentOf, segments } = segmentSweeps(calls, null, 5)
        let opened = 0
        const pages = segments.map(() => 0)
        for (const [row, index] of segmentOf.entries()) {
          expect(index).toBeLessThanOrEqual(opened)
          if (index === opened) {
            expect(segments[index]!.startedAt).toBe(calls.startedAt[row])
            opened += 1
          }
          expect(segments[index]!.process).toBe(calls.process[row])
          expect(segments[index]!.endedAt).toBeGreaterThanOrEqual(calls.startedAt[row]!)
          pages[index]! += 1
        }
        expect(opened).toBe(segments.length)
        expect(segments.map((segment) => segment.pages)).toEqual(pages)
      })
    )
  })

  it("sweeps are the same at any other time, and by name of all rows", () => {
    fc.assert(
      fc.property(anyCalls, fc.integer({ min: 0, max: 1_000_000 }), (some, shift) => {
        const { calls } = streamOf(some)
        const expected = [...segmentSweeps(calls, null, 5).segmentOf]
        const rows = Array.from({ length: calls.length }, (_, row) => row)
        expect([...segmentSweeps(calls, rows, 5).segmentOf]).toEqual(expected)
        const later = some.map((call) => ({ ...call, at: call.at + shift }))
        expect(sweepsOf(later, 5)).toEqual(expected)
      })
    )
  })

  it("a timer's sweeps are found again, whatever their pages, pauses and refusals", () => {
    const sweep = fc.array(fc.boolean(), { minLength: 1, maxLength: 4 })
    fc.assert(
      fc.property(
        fc.array(sweep, { minLength: 3, maxLength: 20 }),
        fc.integer({ min: 60, max: 3_600 }),
        fc.integer({ min: 200, max: 2_000 }),
        (sweeps, interval, pauseMs) => {
          const expected: Array<number> = []
          const calls = sweeps.flatMap((refusals, nth) => {
            let at = nth * interval
            return refusals.flatMap((wasRefused, n): ReadonlyArray<CallAt> => {
              const page = n + 1
              const attempts = wasRefused ? [429, 200] : [200]
              return attempts.map((status) => {
                const call = { at, page, status, durationMs: 100, retryAfterSeconds: status === 429 ? 5 : null }
                at += status === 429 ? 5.2 : (100 + pauseMs) / 1_000
                expected.push(nth)
                return call
              })
            })
          })
          expect(sweepsOf(calls)).toEqual(expected)
        }
      )
    )
  })
})
