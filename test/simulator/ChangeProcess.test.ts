import { describe, expect, it } from "vitest"
import type { Timekeeper } from "../../src/domain/Time.js"
import { startChangeProcess } from "../../src/simulator/ChangeProcess.js"
import { randomStream } from "../../src/simulator/Randomness.js"

const midnight = Date.parse("2026-03-02T00:00:00Z")
const hour = 3_600_000

/** A clock with one thing to do at a time; `day` does what is due until a moment. */
const clock = () => {
  let now = midnight
  let next: { readonly at: number; readonly run: () => void } | null = null
  const time: Timekeeper = {
    now: () => now,
    at: (at, run) => {
      const mine = { at, run }
      next = mine
      return () => {
        if (next === mine) next = null
      }
    }
  }
  const runUntil = (until: number): void => {
    while (next !== null && next.at < until) {
      const { at, run } = next
      next = null
      now = at
      run()
    }
  }
  return { time, runUntil }
}

const happeningsOf = (changesPerHour: number, until?: number, seed = 1) => {
  const { runUntil, time } = clock()
  const made: Array<{ readonly at: number; readonly what: string }> = []
  const stop = startChangeProcess({
    happenings: [
      [3, () => made.push({ at: time.now(), what: "often" })],
      [1, () => made.push({ at: time.now(), what: "seldom" })]
    ],
    random: randomStream(seed, "process"),
    time,
    changesPerHour,
    until
  })
  return { made, runUntil, stop }
}

describe("changes by themselves", () => {
  it("come as often as was said, mostly by day, and by their weights", () => {
    const { made, runUntil } = happeningsOf(60)
    runUntil(midnight + 24 * hour)
    expect(Math.abs(made.length - 1_440)).toBeLessThan(120)
    const between = (from: number, to: number) =>
      made.filter(({ at }) => at >= midnight + from * hour && at < midnight + to * hour).length
    expect(between(8, 18)).toBeGreaterThan(4 * between(0, 6))
    const often = made.filter(({ what }) => what === "often").length
    expect(often / made.length).toBeCloseTo(0.75, 1)
  })
  it("are the same for the same seed", () => {
    const days = [happeningsOf(30), happeningsOf(30), happeningsOf(30, undefined, 2)]
    for (const { runUntil } of days) runUntil(midnight + 24 * hour)
    expect(days[0]!.made).toEqual(days[1]!.made)
    expect(days[0]!.made).not.toEqual(days[2]!.made)
  })
  it("end at the given moment, when they are stopped, and are none at no pace", () => {
    const ended = happeningsOf(60, midnight + 12 * hour)
    ended.runUntil(midnight + 24 * hour)
    expect(ended.made.at(-1)!.at).toBeLessThan(midnight + 12 * hour)
    const stopped = happeningsOf(60)
    stopped.runUntil(midnight + 10 * hour)
    const before = stopped.made.length
    stopped.stop()
    stopped.runUntil(midnight + 24 * hour)
    expect(stopped.made).toHaveLength(before)
    const still = happeningsOf(0)
    still.runUntil(midnight + 24 * hour)
    expect(still.made).toEqual([])
  })
})
