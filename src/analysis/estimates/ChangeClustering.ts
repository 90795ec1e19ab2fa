/**
 * How much changes cluster. Writers that work in bursts make counts scatter more than independent changes do: the
 * confidence interval of a rate is widened by the dispersion seen (quasi-Poisson). Pure.
 */

/** Counts of blocks that the window is cut into; some block length holds a burst whole. */
const blockCounts = [48, 24, 12, 6] as const
/** Fewest sweeps of a block; with fewer, the polling itself makes the pattern. */
const sweepsPerBlock = 3
/** Standard errors from 1 within which dispersion is chance. */
const notable = 1.5

/** A version: when it changed, and for how many changes it stands. */
export interface Counted {
  readonly at: number
  readonly weight: number
}

/**
 * Variance of the block sums over that of independent changes, at the block length that shows most; 1 where changes
 * look independent, or are too few.
 */
export const dispersionOf = (counted: ReadonlyArray<Counted>, from: number, to: number, sweeps: number): number => {
  const sum = counted.reduce((all, { weight }) => all + weight, 0)
  const squares = counted.reduce((all, { weight }) => all + weight * weight, 0)
  if (sum === 0) return 1
  let most = 1
  for (const blocks of blockCounts) {
    if (sweeps < blocks * sweepsPerBlock) continue
    const sums = new Float64Array(blocks)
    for (const { at, weight } of counted)
      sums[Math.min(blocks - 1, Math.max(0, Math.floor(((at - from) / (to - from)) * blocks)))]! += weight
    // Second differences cancel out the daily rhythm, which is not a cluster.
    let differences = 0
    for (let at = 1; at < blocks - 1; at++) differences += (sums[at - 1]! - 2 * sums[at]! + sums[at + 1]!) ** 2
    const variance = differences / (6 * (blocks - 2))
    const ratio = variance / (squares / blocks)
    // For independent counts the ratio is 1; the variance of this estimate is 35 / 18 of the usual one's.
    const freedom = (blocks - 2) / (35 / 18)
    if (ratio > 1 + notable * Math.sqrt(2 / freedom))
      // With few blocks the variance is uncertain: Student's t in place of the normal distribution's 1.96.
      most = Math.max(most, ratio * (1 + 2.4 / freedom) ** 2)
  }
  return most
}

/** A version of an entity, by the sweep that saw it. */
export interface Sighting {
  readonly sweep: number
  /** Time from the change to the sweep, as a share of the interval. */
  readonly ageShare: number
}

type Sightings = ReadonlyArray<Sighting>

/** Sweeps within which the next version of an entity belongs to the same session. */
const nextWithin = 2

/** Versions of one entity that another followed within the session. */
const followed = (own: Sightings): Sightings =>
  own.filter(({ sweep }, at) => at + 1 < own.length && own[at + 1]!.sweep - sweep <= nextWithin)

/** Whether entities change again soon after a change, more often than at a steady rate. */
export const comesInSessions = (entities: Iterable<Sightings>, sweeps: number): boolean => {
  let seen = 0
  let expected = 0
  for (const own of entities) {
    seen += followed(own).length
    // Pairs that fall within a session at a steady rate.
    expected += (own.length * (own.length - 1) * nextWithin) / 2 / Math.max(1, sweeps)
  }
  return seen > expected * 1.5 + 3 * Math.sqrt(Math.max(1, expected))
}

/** Mean age of the last change, as a share of the interval: a half at one change an interval, less than this at two. */
const youngAge = 0.42

/**
 * Whether sessions are faster than the polling: the last change before a sweep is young each time, so others preceded
 * it in the same interval, and their count is unknown.
 */
export const outrunsPolling = (entities: Iterable<Sightings>): boolean => {
  let sum = 0
  let count = 0
  for (const own of entities)
    for (const { ageShare } of followed(own)) {
      sum += ageShare
      count += 1
    }
  return sum < count * youngAge
}
