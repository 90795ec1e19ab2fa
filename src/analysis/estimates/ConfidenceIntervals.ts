/** 95 % confidence intervals of shares, counts, quantiles and the reduction. Pure. */
import type { Interval } from "../../domain/Poller.js"

/** Quantile of the normal distribution for 95 %, two-sided. */
const z = 1.959964

/** Of the share `hits` of `count`: Wilson's score interval, also valid near 0 and 1. `null` where `count` is 0. */
export const shareInterval = (hits: number, count: number): Interval | null => {
  if (count === 0) return null
  const share = hits / count
  const spread = z * Math.sqrt((share * (1 - share)) / count + (z * z) / (4 * count * count))
  const centre = share + (z * z) / (2 * count)
  const scale = 1 + (z * z) / count
  return { low: Math.max(0, (centre - spread) / scale), high: Math.min(1, (centre + spread) / scale) }
}

/**
 * Of a weighted sum of independent events: as a Poisson count of the same mean and variance (Dobson et al. 1991), with
 * chi-squared bounds by Wilson and Hilferty.
 */
export const eventsInterval = (sum: number, sumOfSquares: number): Interval => {
  if (sum === 0) return { low: 0, high: 3.689 }
  const weight = sumOfSquares / sum
  const count = sum / weight
  return { low: weight * poissonLow(count), high: weight * poissonHigh(count) }
}

// Between the exact bounds, too wide for a whole number, and the mid-P bounds.
const poissonLow = (count: number): number => {
  const n = count + 0.25
  return n <= 0.25 ? 0 : n * (1 - 1 / (9 * n) - z / (3 * Math.sqrt(n))) ** 3
}
const poissonHigh = (count: number): number => {
  const n = count + 0.75
  return n * (1 - 1 / (9 * n) + z / (3 * Math.sqrt(n))) ** 3
}

/** Of the `q`-quantile by order statistics, without a distribution. `null` where the values are too few. */
export const quantileInterval = (sorted: ArrayLike<number>, q: number): Interval | null => {
  const count = sorted.length
  const spread = z * Math.sqrt(count * q * (1 - q))
  const low = Math.floor(count * q - spread)
  const high = Math.ceil(count * q + spread)
  if (low < 0 || high > count - 1) return null
  return { low: sorted[low]!, high: sorted[high]! }
}

/** Student's t for 95 %, two-sided, by degrees of freedom from 1; `z` beyond the table. */
const studentT = [12.71, 4.3, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26, 2.23, 2.2, 2.18, 2.16, 2.14, 2.13]

/**
 * Of `1 - after / before` over blocks of time, by the jackknife: each block is left out in turn, and the spread of the
 * results is the uncertainty. `null` with fewer than three blocks.
 */
export const reductionInterval = (
  blocks: ReadonlyArray<{ readonly before: number; readonly after: number }>
): Interval | null => {
  const used = blocks.filter(({ before }) => before > 0)
  const n = used.length
  if (n < 3) return null
  const before = used.reduce((sum, block) => sum + block.before, 0)
  const after = used.reduce((sum, block) => sum + block.after, 0)
  const all = 1 - after / before
  const left = used.map((block) => 1 - (after - block.after) / (before - block.before))
  const mean = left.reduce((sum, value) => sum + value, 0) / n
  const variance = ((n - 1) / n) * left.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  const reach = (studentT[n - 2] ?? z) * Math.sqrt(variance)
  return { low: all - reach, high: Math.min(1, all + reach) }
}
