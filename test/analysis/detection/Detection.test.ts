/**
 * The parts of detection between segmentation and pollers: fan-out, calls off the rhythm, detail calls, adaptive
 * polling.
 */
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { adaptivePolling } from "../../../src/analysis/detection/AdaptivePolling.js"
import { attributeDetailCalls } from "../../../src/analysis/detection/DetailCalls.js"
import { mergeFanOut } from "../../../src/analysis/detection/FanOut.js"
import { withoutOffRhythm } from "../../../src/analysis/detection/OffRhythmCalls.js"
import { rhythmOf } from "../../../src/analysis/detection/Rhythm.js"
import { segmentSweeps } from "../../../src/analysis/detection/SweepSegmentation.js"
import { inTimeOrder } from "../../../src/analysis/detection/TimeOrder.js"
import type { Sweep } from "../../../src/domain/Poller.js"
import { start } from "../../support/recording.js"
import { type CallAt, streamOf, streamsOf } from "./streams.js"

const segmentsOf = (calls: ReadonlyArray<CallAt>) => segmentSweeps(streamOf(calls).calls, null, 300)

const ticks = (count: number, seconds: number): ReadonlyArray<number> =>
  Array.from({ length: count }, (_, n) => n * seconds)

describe("fan-out", () => {
  const requests = (offsets: ReadonlyArray<number>) =>
    ticks(6, 300).flatMap((at) => offsets.map((offset): CallAt => ({ at: at + offset, items: 1, newVersions: 0 })))

  it("makes one sweep of requests that follow each other, and of requests in parallel", () => {
    for (const offsets of [
      [0, 0.4, 0.8],
      [0, 0.01, 0.02]
    ]) {
      const merged = mergeFanOut(segmentsOf(requests(offsets)))!
      expect(merged.segments.map(({ items, pages }) => [pages, items])).toEqual(ticks(6, 0).map(() => [3, 3]))
      expect([...merged.segmentOf]).toEqual(ticks(6, 1).flatMap((tick) => [tick, tick, tick]))
    }
  })

  it("is not seen in a timer, in a timer with a retry, nor in one burst", () => {
    expect(mergeFanOut(segmentsOf(requests([0])))).toBeNull()
    expect(mergeFanOut(segmentsOf([...requests([0]), { at: 1_800 }, { at: 1_800.4 }]))).toBeNull()
    expect(mergeFanOut(segmentsOf(ticks(40, 0.4).map((at) => ({ at }))))).toBeNull()
  })
})

describe("calls off the rhythm", () => {
  const kept = (moments: ReadonlyArray<number>) => {
    const segmentation = segmentsOf(moments.map((at) => ({ at, page: 1 })))
    const rhythm = rhythmOf([segmentation.segments.map(({ startedAt }) => startedAt)])!
    const { segmentOf, segments } = withoutOffRhythm(segmentation, rhythm)
    return { kept: segments.map(({ startedAt }) => (startedAt - start) / 1_000), segmentOf: [...segmentOf] }
  }

  it("are removed, and the calls on the rhythm are numbered anew", () => {
    const timer = ticks(40, 60)
    const { kept: sweeps, segmentOf } = kept([...timer, 615, 1_230].sort((a, b) => a - b))
    expect(sweeps).toEqual(timer)
    expect(segmentOf.filter((index) => index < 0)).toHaveLength(2)
    expect(segmentOf.filter((index) => index >= 0)).toEqual(ticks(40, 1))
  })

  it("of an even timer are all that is not its own, where they are few", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 1, max: 38 }), { maxLength: 3 }), (at) => {
        const timer = ticks(40, 60)
        const others = at.map((n) => n * 60 + 25)
        expect(kept([...timer, ...others].sort((a, b) => a - b)).kept).toEqual(timer)
      }),
      { numRuns: 50 }
    )
  })

  it("stay where the poller changes its own pace", () => {
    const moments = [...ticks(20, 60), ...ticks(20, 600).map((at) => at + 1_800)]
    expect(kept(moments).kept).toEqual(moments)
  })
})

describe("detail calls", () => {
  const followed = (
    details: ReadonlyArray<CallAt>,
    lists: Readonly<Record<string, ReadonlyArray<CallAt>>> = { "/api/v2/tickets": ticks(3, 60).map((at) => ({ at })) },
    template = "/api/v2/tickets/{id}"
  ) => {
    const streams = streamsOf({ ...lists, [template]: details })
    const detail = streams.at(-1)!
    const withSegments = streams
      .slice(0, -1)
      .map((recording) => ({ recording, segments: segmentSweeps(recording.calls, null, 300).segments }))
    const [attribution] = attributeDetailCalls(withSegments, [detail])
    return [...attribution!.segmentOf].map((segment, row) => [attribution!.listOf[row], segment])
  }

  it("follow within seconds of the list or of the detail call before", () => {
    expect(followed([{ at: 1 }, { at: 6 }, { at: 11 }, { at: 20 }, { at: 61 }])).toEqual([
      [0, 0],
      [0, 0],
      [0, 0],
      [-1, -1],
      [0, 1]
    ])
  })

  it("follow after the pause that a refusal asks for", () => {
    expect(followed([{ at: 1, status: 429, retryAfterSeconds: 30 }, { at: 32 }])).toEqual([
      [0, 0],
      [0, 0]
    ])
  })

  it("precede no list", () => {
    expect(followed([{ at: 1 }], { "/api/v2/tickets": [{ at: 5 }] })).toEqual([[-1, -1]])
    expect(followed([{ at: 1 }], {})).toEqual([[-1, -1]])
  })

  it("belong to the list with the nearer path, else to the later sweep, and to their process", () => {
    const lists = { "/api/v2/contacts": [{ at: 1 }], "/api/v2/tickets": [{ at: 0 }] }
    expect(followed([{ at: 2 }], lists)).toEqual([[1, 0]])
    expect(followed([{ at: 2 }], lists, "/api/v2/agents/{id}")).toEqual([[0, 0]])
    const processes = { "/api/v2/tickets": [0, 1].map((at) => ({ at, process: at + 1 })) }
    expect(followed([{ at: 2, process: 1 }], processes)).toEqual([[0, 0]])
    expect(followed([{ at: 2, process: 3 }], processes)).toEqual([[-1, -1]])
  })
})

describe("the order of time", () => {
  it("is that of all calls together", () => {
    const seconds = fc.array(fc.nat(50), { maxLength: 20 })
    fc.assert(
      fc.property(fc.array(seconds, { minLength: 1, maxLength: 4 }), (streams) => {
        const filled = streams.filter((moments) => moments.length > 0)
        fc.pre(filled.length > 0)
        const recorded = streamsOf(
          Object.fromEntries(filled.map((moments, n) => [`/${n}`, moments.map((at) => ({ at }))]))
        )
        const ids = [...inTimeOrder(recorded)].map(({ index, row }) => recorded[index]!.calls.id[row]!)
        expect(ids).toEqual([...ids].sort((a, b) => a - b))
        expect(ids).toHaveLength(filled.flat().length)
      })
    )
  })
})

describe("adaptive polling", () => {
  const sweepsOf = (
    sweeps: ReadonlyArray<readonly [seconds: number, news: number | null, refused?: boolean]>
  ): ReadonlyArray<Sweep> => {
    let at = start
    return sweeps.map(([seconds, news, refused = false]) => {
      const startedAt = at
      at += seconds * 1_000
      const throttled = refused ? 1 : 0
      return {
        startedAt,
        endedAt: startedAt + 500,
        pages: 1,
        detailCalls: 0,
        throttled,
        failed: refused,
        items: 0,
        yield: news
      }
    })
  }
  const times = <T>(count: number, of: ReadonlyArray<T>): ReadonlyArray<T> =>
    Array.from({ length: count }, () => of).flat()

  it("by news lengthens the interval while there are none, and falls back with them", () => {
    const byNews = adaptivePolling(
      sweepsOf(
        times(6, [
          [60, 2],
          [90, 0],
          [135, 0],
          [200, 0]
        ])
      )
    )
    expect(byNews).toMatchObject({ by: "news", fromSeconds: 60, toSeconds: 200 })
  })

  it("by refusals waits longer after one", () => {
    const sweeps = times(5, [
      [60, 0],
      [60, 1],
      [60, 0],
      [240, 0, true]
    ] as const)
    expect(adaptivePolling(sweepsOf(sweeps))).toMatchObject({ by: "refusals", fromSeconds: 60, toSeconds: 240 })
  })

  it("of unknown news shows by a ladder of intervals", () => {
    const ladder = times(5, [
      [60, null],
      [120, null],
      [240, null],
      [480, null]
    ] as const)
    expect(adaptivePolling(sweepsOf(ladder))).toMatchObject({ by: null, fromSeconds: 60, toSeconds: 480 })
  })

  it("is not a steady timer, nor one that is slower at night", () => {
    expect(
      adaptivePolling(
        sweepsOf(
          times(10, [
            [60, 1],
            [60, 0],
            [61, 0]
          ])
        )
      )
    ).toBeNull()
    expect(adaptivePolling(sweepsOf(times(20, [[60, null]])))).toBeNull()
    expect(adaptivePolling(sweepsOf([...times(20, [[60, 1]] as const), ...times(20, [[600, 0]] as const)]))).toBeNull()
  })
})
