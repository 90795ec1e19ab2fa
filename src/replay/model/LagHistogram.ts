/**
 * A distribution of spans, or of counts, in fixed room: counts in buckets that are 0.4 % wide, the greatest kept
 * exactly. Distributions of many runs are added up, in any order, with the same result.
 */
import type { Spread } from "../../domain/Quantiles.js"
import { doublingBuckets } from "./DoublingBuckets.js"

/** By the millisecond up to 256, and to a 256th of a doubling above. */
const { least, of: bucketOf, size } = doublingBuckets(8, 28)

export interface LagHistogram {
  readonly add: (milliseconds: number) => void
  readonly merge: (other: LagCounts) => void
  readonly count: () => number
  readonly max: () => number
  readonly sum: () => number
  /** The value that the share `q` does not exceed (nearest rank), to the bucket; `null` of nothing. */
  readonly quantile: (q: number) => number | null
  readonly seconds: () => Spread | null
  readonly state: () => LagCounts
}

/** A histogram as threads pass it on. */
export interface LagCounts {
  readonly counts: Float64Array | Uint32Array
  readonly max: number
  readonly sum: number
}

/** The sum of many runs' histograms, in place. */
export interface LagSum {
  readonly counts: Float64Array
  max: number
  sum: number
}

export const makeLagSum = (): LagSum => ({ counts: new Float64Array(size), max: 0, sum: 0 })

export const addToSum = (into: LagSum, { counts, max, sum }: LagCounts): void => {
  for (let bucket = 0; bucket < size; bucket++) into.counts[bucket]! += counts[bucket]!
  into.max = Math.max(into.max, max)
  into.sum += sum
}

export const makeLagHistogram = (): LagHistogram => {
  // A run has fewer than four thousand million changes.
  const counts = new Uint32Array(size)
  let max = 0
  let sum = 0
  let total = 0
  const quantile = (q: number): number | null => {
    if (total === 0) return null
    const rank = Math.min(total, Math.max(1, Math.ceil(q * total)))
    let passed = 0
    for (let bucket = 0; bucket < size; bucket++) {
      passed += counts[bucket]!
      if (passed < rank) continue
      // The middle of a bucket, and never more than the greatest.
      const [from, to] = [least(bucket), least(bucket + 1)]
      return to - from > 1 ? Math.min(max, (from + to) / 2) : from
    }
    return max
  }
  return {
    add: (milliseconds) => {
      const value = Math.max(0, milliseconds)
      counts[bucketOf(value)]! += 1
      total += 1
      sum += value
      if (value > max) max = value
    },
    merge: (other) => {
      for (let bucket = 0; bucket < size; bucket++) {
        const more = other.counts[bucket]!
        counts[bucket]! += more
        total += more
      }
      max = Math.max(max, other.max)
      sum += other.sum
    },
    count: () => total,
    max: () => max,
    sum: () => sum,
    quantile,
    seconds: () => (total === 0 ? null : { p50: quantile(0.5)! / 1000, p95: quantile(0.95)! / 1000, max: max / 1000 }),
    state: () => ({ counts, max, sum })
  }
}
