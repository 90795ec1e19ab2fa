/** Least share of the work that an estimate rests on. */
const leastShare = 0.02

/**
 * Seconds that work still takes if it goes on as it has: `share` of it, from 0 to 1, took `seconds`. `null` where too
 * little is done to tell, or all of it.
 */
export const remainingSeconds = (seconds: number, share: number): number | null =>
  share < leastShare || share >= 1 ? null : (seconds * (1 - share)) / share
