/**
 * A distribution of spans, or of counts, in fixed room: counts in buckets that are 0.4 % wide, the greatest kept exactly.
 * Distributions of many runs are added up, in any order, with the same result.
 */
import type { Spread } from "../../domain/Quantiles.js"

/** Buckets for each doubling. */
const fine = 256
/** Below this many milliseconds each has a bucket of its own. */
const exact = 256
const doublings = 28
const size = exact + fine * doublings

const bits = new Float64Array(1)
const words = new Uint32Array(bits.buffer)
const high = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1 ? 1 : 0

const bucketOf = (value: number): number => {
  if (value < exact) return value | 0
  bits[0] = value
  const word = words[high]!
  // The exponent, and the first eight bits of the fraction.
  const bucket = exact + ((word >>> 20) - 1023 - 8) * fine + ((word >>> 12) & 255)
  return bucket < size ? bucket : size - 1
}
const lowestOf = (bucket: number): number => {
  if (bucket < exact) return bucket
  const rest = bucket - exact
  return (fine + (rest % fine)) * 2 ** Math.floor(rest / fine)
}

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

/** What one histogram tells another, across threads. */
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
      // The middle of a bucket, and never more than the greatest.
      if (passed >= rank) return bucket < exact ? bucket : Math.min(max, (lowestOf(bucket) + lowestOf(bucket + 1)) / 2)
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
