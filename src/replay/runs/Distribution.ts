/**
 * Values of one metric over many runs, in room that does not go with their number: whole numbers below a thousand or so each
 * by themselves, others to a thousandth of their size. What several threads counted is added up, in any order, with the
 * same result.
 */

const fine = 1_024
const doublings = 26
const size = fine * (1 + doublings)

/** Finer than what is told: shares to a millionth, seconds to a millisecond. */
export const scaleOf = (name: string): number =>
  name === "reduction" ? 1_000_000 : name.includes("Freshness") ? 1_000 : 1

const placeOf = (value: number): number => {
  const whole = Math.max(0, Math.round(value))
  if (whole < fine) return whole
  const doubling = Math.min(doublings - 1, 31 - Math.clz32(Math.floor(whole / fine)))
  const within = Math.floor(whole / 2 ** doubling) - fine
  return Math.min(size - 1, fine * (1 + doubling) + within)
}
const valueOf = (place: number): number => {
  if (place < fine) return place
  const doubling = Math.floor(place / fine) - 1
  const width = 2 ** doubling
  return (fine + (place % fine)) * width + Math.floor((width - 1) / 2)
}

/** Nothing but numbers, so that it can be sent from thread to thread. */
export interface Distribution {
  readonly counts: Float64Array
}

export const makeDistribution = (): Distribution => ({ counts: new Float64Array(size) })

export const count = ({ counts }: Distribution, value: number): void => {
  if (!Number.isNaN(value)) counts[placeOf(value)]! += 1
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
    if (passed >= rank) return valueOf(place)
  }
  return null
}
