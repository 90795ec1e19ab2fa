/**
 * The sweeps of a list in a window: the first at its beginning, each further one by the interval. Pure; milliseconds.
 */
import { firstPlace } from "../../domain/BinarySearch.js"
import { longestGap, type SweepInterval } from "../../domain/SweepInterval.js"
import type { EpochMillis } from "../../domain/Time.js"
import { nextSweepAt } from "../../policy/index.js"

interface Between {
  readonly from: EpochMillis
  readonly to: EpochMillis
}

export interface SweepBeat {
  /** At least one: a receiver sweeps when it starts, however short the window (see Extrapolation.ts). */
  readonly count: number
  /** When the n-th one is made, from 0 on; infinity where that is behind the window and was not counted. */
  readonly at: (n: number) => EpochMillis
  /** The first one after a moment; what lies within an interval before the window is the first one's, 0. */
  readonly after: (at: EpochMillis) => number
  /** The first one at a moment of the window, or after it. */
  readonly notBefore: (at: EpochMillis) => number
}

/** Sweeps from one moment until another, the first at once; none where no time lies between. */
export const sweepsBetween = (from: EpochMillis, to: EpochMillis, every: SweepInterval): number => {
  if (typeof every === "number") return Math.ceil(Math.max(0, to - from) / every)
  let count = 0
  for (let at = from; at < to; at = nextSweepAt(every, at)) count += 1
  return count
}

export const sweepBeat = ({ from, to }: Between, every: SweepInterval): SweepBeat => {
  if (typeof every === "number")
    return {
      count: Math.max(1, sweepsBetween(from, to, every)),
      at: (n) => from + n * every,
      after: (at) => Math.floor((at - from) / every) + 1,
      notBefore: (at) => Math.ceil((at - from) / every)
    }
  const times = [from]
  for (let at = nextSweepAt(every, from); at < to; at = nextSweepAt(every, at)) times.push(at)
  return {
    count: times.length,
    at: (n) => times[n] ?? Number.POSITIVE_INFINITY,
    after: (at) => (at < from - longestGap(every) ? -1 : firstPlace(times.length, (n) => times[n]! > at)),
    notBefore: (at) => firstPlace(times.length, (n) => times[n]! >= at)
  }
}
