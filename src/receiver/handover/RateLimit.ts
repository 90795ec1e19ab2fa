/** A token bucket: so many events a second, a second's worth at once. */
import type { EpochMillis } from "../../domain/Time.js"

export interface RateLimit {
  readonly allows: (now: EpochMillis) => boolean
  readonly spend: () => void
  /** When it allows one again, asked while it does not. */
  readonly allowsAt: (now: EpochMillis) => EpochMillis
}

const unlimited: RateLimit = { allows: () => true, spend: () => undefined, allowsAt: (now) => now }

export const makeRateLimit = (perSecond: number | undefined, startedAt: EpochMillis): RateLimit => {
  if (perSecond === undefined) return unlimited
  let tokens = perSecond
  let filledAt = startedAt
  return {
    allows: (now) => {
      tokens = Math.min(perSecond, tokens + (Math.max(0, now - filledAt) / 1000) * perSecond)
      filledAt = now
      return tokens >= 1
    },
    spend: () => {
      tokens -= 1
    },
    allowsAt: (now) => now + Math.ceil(((1 - tokens) / perSecond) * 1000)
  }
}
