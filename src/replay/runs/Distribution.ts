/**
 * Values of one metric over many runs, in room that does not go with their number: whole numbers below a thousand or so
 * each by themselves, others to a thousandth of their size. Counts of several threads are added up, in any order,
 * with the same result.
 */
import { doublingBuckets } from "../model/DoublingBuckets.js"

const { least, of: placeOf, size } = doublingBuckets(10, 26)

/** Finer than what is told: shares to a millionth, seconds to a millisecond. */
export const scaleOf = (name: string): number =>
  name === "reduction" ? 1_000_000 : name.includes("Freshness") ? 1_000 : 1

/** Nothing but numbers, so that it can be sent from thread to thread. */
export interface Distribution {
  readonly counts: Float64Array
}

export const makeDistribution = (): Distribution => ({ counts: new Float64Array(size) })

export const count = ({ counts }: Distribution, value: number): void => {
  if (!Number.isNaN(value)) counts[placeOf(Math.max(0, Math.round(value)))]! += 1
}

export const merge = ({ counts }: Distribution, other: Distribution): void => {
  for (let place = 0; place < size; place++) counts[place]! += other.counts[place]!
}

/** The value that the share `q` does not exceed (nearest rank); `null` of nothing. */
export const quantileOf = ({ counts }: Distribution, q: number): number | null => {
  let total = 0
  for (let place = 0; place < size; place++) total += counts[place]!
  if (total === 0) return null
  const rank = Math.min(total, Math.max(1, Math.ceil(q * total)))
  let passed = 0
  for (let place = 0; place < size; place++) {
    passed += counts[place]!
    if (passed >= rank) return least(place) + Math.floor((least(place + 1) - least(place) - 1) / 2)
  }
  return null
}
