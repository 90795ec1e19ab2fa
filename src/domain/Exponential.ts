/**
 * The exponential distribution: how long until the next of events that come at random. The same to the last bit on
 * every machine.
 */
import { naturalLog } from "./Logarithm.js"

/** The value below which the share `share` lies, from 0 up to but not including 1. */
export const exponentialQuantile = (share: number, mean: number): number => -naturalLog(1 - share) * mean

/** A drawn value; `draw` gives numbers in [0, 1). */
export const exponential = (draw: () => number, mean: number): number => exponentialQuantile(draw(), mean)

/** So many values that stand for the distribution: the middle of each of so many equal shares, rising. */
export const exponentialQuantiles = (count: number, mean: number): Array<number> =>
  Array.from({ length: count }, (_, n) => exponentialQuantile((n + 0.5) / count, mean))
