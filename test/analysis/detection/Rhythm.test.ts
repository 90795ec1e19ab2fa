/** Which moments have a rhythm, of what interval, by how many programs; and that chance has none. */
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { rhythmOf } from "../../../src/analysis/detection/Rhythm.js"
import { chanceOf } from "../../accuracy/chance.js"
import { start } from "../../support/recording.js"

/** Moments from intervals in seconds. */
const momentsOf = (intervals: ReadonlyArray<number>, from = start): ReadonlyArray<number> => {
  const moments = [from]
  for (const seconds of intervals) moments.push(moments.at(-1)! + Math.round(seconds * 1_000))
  return moments
}

const every = (seconds: number, count: number): ReadonlyArray<number> => Array.from({ length: count }, () => seconds)

const jittered = (interval: number, share: number, count: number, seed: number): ReadonlyArray<number> => {
  const { between } = chanceOf(seed)
  return Array.from({ length: count }, () => interval * between(1 - share, 1 + share))
}

/** So many intervals, each twice the one before. */
const doubled = (interval: number, steps: number): ReadonlyArray<number> =>
  Array.from({ length: steps }, (_, n) => interval * 2 ** n)

const poisson = (seed: number, count: number, mean: number): ReadonlyArray<number> => {
  const { exponential } = chanceOf(seed)
  return momentsOf(Array.from({ length: count }, () => exponential(mean)))
}

describe("a rhythm", () => {
  const table: ReadonlyArray<readonly [name: string, intervals: ReadonlyArray<number>, interval: number | null]> = [
    ["is an even timer", every(60, 20), 60],
    ["is a timer with a fifth of jitter", jittered(60, 0.2, 60, 1), 60],
    ["is a timer with a night's pause", [...every(300, 20), 36_000, ...every(300, 20)], 300],
    ["is a back-off by doubling", [1, 3, 2, 4, 1, 2, 3, 1, 4, 2].flatMap((steps) => doubled(60, steps)), 120],
    ["has three intervals at least", every(60, 2), null],
    ["is slower than a loop", every(0.5, 50), null],
    ["is not in intervals that grow without end", Array.from({ length: 12 }, (_, n) => 2 ** n), null],
    [
      "is not a person's",
      [12, 340, 45, 1_800, 7, 95, 610, 33, 4_000, 150, 20, 780, 5, 260, 1_200, 66, 18, 530, 90, 2_600],
      null
    ]
  ]
  it.each(table)("%s", (_, intervals, interval) => {
    const found = rhythmOf([momentsOf(intervals)])
    if (interval === null) expect(found).toBeNull()
    else expect(Math.abs(found!.intervalSeconds / interval - 1)).toBeLessThan(0.1)
  })

  it("counts pauses of more than three intervals", () => {
    expect(rhythmOf([momentsOf([...every(60, 10), 200, ...every(60, 10), 600, ...every(60, 10)])])!.gaps).toBe(2)
  })

  it("has phases where the interval changed, and none where it stayed or follows something else", () => {
    const moments = momentsOf([...every(60, 10), ...every(600, 10)])
    const { phases } = rhythmOf([moments])!
    expect(phases.map(({ intervalSeconds, intervals }) => [intervalSeconds, intervals])).toEqual([
      [60, 10],
      [600, 10]
    ])
    expect([phases[0]!.from, phases[1]!.to]).toEqual([moments[0], moments.at(-1)])
    // Two longer intervals are a hiccup.
    expect(rhythmOf([momentsOf([...every(60, 10), 90, 90, ...every(60, 10)])])!.phases).toEqual([])
    const backOff = Array.from({ length: 16 }, (_, n) => every(n % 2 === 0 ? 60 : 240, 4)).flat()
    expect(rhythmOf([momentsOf(backOff)])!.phases).toEqual([])
  })

  it("tells instances of one timer by their offsets, and processes by their times", () => {
    const timers = [0, 17, 41].flatMap((offset) => momentsOf(every(60, 40), start + offset * 1_000))
    const together = rhythmOf([timers.sort((a, b) => a - b)])!
    expect([together.instances, together.intervalSeconds]).toEqual([3, 60])
    const [first, second] = [momentsOf(every(60, 20)), momentsOf(every(60, 20), start + 7_000)]
    expect(rhythmOf([first, second])!.instances).toBe(2)
    // One process takes the place of the other.
    const successor = momentsOf(every(60, 20), first.at(-1)! + 60_000)
    expect(rhythmOf([first, successor])).toMatchObject({ instances: 1, intervalSeconds: 60, jitterSeconds: 0 })
  })
})

describe("of any timer", () => {
  type Timer = Readonly<Record<"count" | "interval" | "jitter" | "seed", number>>
  const timer: fc.Arbitrary<Timer> = fc.record({
    interval: fc.integer({ min: 2, max: 7_200 }),
    count: fc.integer({ min: 6, max: 80 }),
    jitter: fc.double({ min: 0, max: 0.09, noNaN: true }),
    seed: fc.nat()
  })
  const drawn = ({ count, interval, jitter, seed }: Timer) => momentsOf(jittered(interval, jitter, count, seed))

  it("the interval is found within its jitter", () => {
    fc.assert(
      fc.property(timer, (some) => {
        const found = rhythmOf([drawn(some)])
        expect(found).not.toBeNull()
        // Several instances of a slower timer explain some jitter as well: each has its share of the calls.
        const seconds = found!.intervalSeconds / found!.instances
        expect(Math.abs(seconds / some.interval - 1)).toBeLessThanOrEqual(some.jitter + 0.001)
        expect(found!.jitterSeconds).toBeLessThanOrEqual(some.interval * some.jitter * 2 + 0.001)
      })
    )
  })

  it("the rhythm is the same at any other time", () => {
    fc.assert(
      fc.property(timer, fc.integer({ min: 1, max: 1e9 }), (some, shift) => {
        const moments = drawn(some)
        const [here, later] = [rhythmOf([moments]), rhythmOf([moments.map((at) => at + shift)])]
        const phases = here!.phases.map((phase) => ({ ...phase, from: phase.from + shift, to: phase.to + shift }))
        expect(later).toEqual({ ...here, phases })
      })
    )
  })
})

describe("of calls by chance", () => {
  it("fewer than one series in two hundred has a rhythm, of two thousand", () => {
    let found = 0
    for (let seed = 1; seed <= 2_000; seed++) if (rhythmOf([poisson(seed, 10 + (seed % 90), 300)]) !== null) found += 1
    expect(found).toBeLessThan(10)
  })
})
