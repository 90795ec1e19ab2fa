/**
 * How much changes cluster. Writers that work in bursts make counts scatter more than independent changes would: the interval
 * of a rate is wider by the dispersion seen (a quasi-Poisson count). Pure.
 */

/** Blocks that the time is cut into, at several lengths: a burst is seen whole in some. */
const blockCounts = [48, 24, 12, 6] as const
/** A block has at least so many sweeps: within fewer the polling itself makes the pattern. */
const sweepsPerBlock = 3
/** Dispersion within so many standard errors of 1 is chance. */
const notable = 1.5

/** A version that was seen: when it changed, and how many changes it stands for. */
export interface Counted {
  readonly at: number
  readonly weight: number
}

/**
 * Variance of the blocks' sums over that of independent changes, at the length that shows most; 1 where they look
 * independent, or where there are too few to tell.
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
    // From second differences, in which the rhythm of the day cancels out: it is no cluster.
    let differences = 0
    for (let at = 1; at < blocks - 1; at++) differences += (sums[at - 1]! - 2 * sums[at]! + sums[at + 1]!) ** 2
    const variance = differences / (6 * (blocks - 2))
    const ratio = variance / (squares / blocks)
    // Of independent counts the ratio is 1, give or take this: the variance of the estimate is 35 / 18 of the usual one's.
    const freedom = (blocks - 2) / (35 / 18)
    if (ratio > 1 + notable * Math.sqrt(2 / freedom))
      // Few blocks know their own variance badly: Student's t for the normal distribution's 1.96.
      most = Math.max(most, ratio * (1 + 2.4 / freedom) ** 2)
  }
  return most
}

/** A version of an entity, by the sweep that saw it. */
export interface Sighting {
  readonly sweep: number
  /** From the change to the sweep, as a share of the interval. */
  readonly ageShare: number
}

type Sightings = ReadonlyArray<Sighting>

/** An entity's next version comes so many sweeps later at most, while somebody works on it. */
const nextWithin = 2

/** Versions of one entity that the next one followed at once. */
const followed = (own: Sightings): Sightings =>
  own.filter(({ sweep }, at) => at + 1 < own.length && own[at + 1]!.sweep - sweep <= nextWithin)

/** Whether entities change again soon after a change, more often than at a steady rate: somebody works on them. */
export const comesInSessions = (entities: Iterable<Sightings>, sweeps: number): boolean => {
  let seen = 0
  let expected = 0
  for (const own of entities) {
    seen += followed(own).length
    // Each of the others is in one of the sweeps after it with this chance.
    expected += (own.length * (own.length - 1) * nextWithin) / 2 / Math.max(1, sweeps)
  }
  return seen > expected * 1.5 + 3 * Math.sqrt(Math.max(1, expected))
}

/** At one change an interval the last is on average half an interval old; at two and more it is younger than this. */
const youngAge = 0.42

/**
 * Whether sessions are faster than the polling: the last change before a sweep is young each time, so that others came
 * before it in the same interval, and how many cannot be known.
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
