/**
 * Outages that a receiver can know of: it was away, or its store took no write, for long enough to lose deliveries.
 * Schedules that are slower than their list would find those at their own turn only; each is brought forward once.
 * Unknown moments are NaN.
 */
import { outageFromMs } from "./Defaults.js"

/** Whether deliveries may have been lost since the receiver was last seen to take them. */
export const isOutage = (seenAt: number, now: number): boolean => now - seenAt >= outageFromMs

/** Whether what was last read then may lack what the outage lost that ended at `backAt`. */
export const isBehind = (lastAt: number, backAt: number): boolean => !Number.isNaN(backAt) && !(lastAt >= backAt)
