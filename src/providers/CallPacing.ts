/**
 * When a call may go out under a limit: none beyond it in a period, and calls below `slowDownBelow` are spread over the
 * rest of the period (FRESHWORKS.md, "Rate limits"). The clients' limiter decides by it, and so does the model. Pure.
 */
import { slowDownBelow } from "./Provider.js"

/** The moment at which the period after `at` begins. */
export const nextPeriod = (at: number, periodMs: number): number => (Math.floor(at / periodMs) + 1) * periodMs

/** `Retry-After` of a refused call: whole seconds, up to the next period. */
export const retryAfterMs = (now: number, periodMs: number): number =>
  Math.max(1, Math.ceil((nextPeriod(now, periodMs) - now) / 1_000)) * 1_000

/**
 * Before when no further call goes out, once `used` of `total` are made; 0 for no such moment. Whole milliseconds: a
 * clock that counts in them would never reach a fraction.
 */
export const spacedUntil = (total: number, used: number, now: number, periodMs: number): number => {
  const remaining = Math.max(0, total - used)
  return remaining >= total * slowDownBelow ? 0 : Math.ceil(now + (periodMs - (now % periodMs)) / (remaining + 1))
}
