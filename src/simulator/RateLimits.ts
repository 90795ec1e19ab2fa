/** Counts credits per account and period, and per endpoint beneath it; failed calls count too (FRESHWORKS.md). */
import type { EpochMillis } from "../domain/Time.js"
import { type PlanLimits, periodMs } from "../providers/index.js"

export interface LimitState {
  readonly allowed: boolean
  readonly total: number
  readonly remaining: number
  readonly retryAfterSeconds: number
}

export const makeRateLimits = (
  plan: PlanLimits
): ((endpoint: string, credits: number, now: EpochMillis) => LimitState) => {
  const period = periodMs[plan.period]
  let window = -1
  let used = 0
  let usedByEndpoint = new Map<string, number>()
  return (endpoint, credits, now) => {
    const current = Math.floor(now / period)
    if (current !== window) {
      window = current
      used = 0
      usedByEndpoint = new Map()
    }
    const retryAfterSeconds = Math.max(1, Math.ceil(((current + 1) * period - now) / 1000))
    const endpointLimit = plan.endpoints[endpoint]
    const endpointUsed = usedByEndpoint.get(endpoint) ?? 0
    const allowed =
      used + credits <= plan.limit && (endpointLimit === undefined || endpointUsed + credits <= endpointLimit)
    used += credits
    usedByEndpoint.set(endpoint, endpointUsed + credits)
    const remaining = Math.max(
      0,
      Math.min(
        plan.limit - used,
        endpointLimit === undefined ? Number.POSITIVE_INFINITY : endpointLimit - endpointUsed - credits
      )
    )
    return { allowed, total: endpointLimit ?? plan.limit, remaining, retryAfterSeconds }
  }
}
