/** Counts calls per account and minute, and per endpoint beneath it; failed calls count too (FRESHWORKS.md). */
import type { EpochMillis } from "../domain/Time.js"
import type { PlanLimits } from "../providers/index.js"

export interface LimitState {
  readonly allowed: boolean
  readonly total: number
  readonly remaining: number
  readonly retryAfterSeconds: number
}

export const makeRateLimits = (plan: PlanLimits): ((endpoint: string, now: EpochMillis) => LimitState) => {
  let minute = -1
  let used = 0
  let usedByEndpoint = new Map<string, number>()
  return (endpoint, now) => {
    const current = Math.floor(now / 60_000)
    if (current !== minute) {
      minute = current
      used = 0
      usedByEndpoint = new Map()
    }
    const retryAfterSeconds = Math.max(1, Math.ceil(((current + 1) * 60_000 - now) / 1000))
    const endpointLimit = plan.endpoints[endpoint]
    const endpointUsed = usedByEndpoint.get(endpoint) ?? 0
    const allowed = used < plan.perMinute && (endpointLimit === undefined || endpointUsed < endpointLimit)
    used += 1
    usedByEndpoint.set(endpoint, endpointUsed + 1)
    const remaining = Math.max(
      0,
      Math.min(
        plan.perMinute - used,
        endpointLimit === undefined ? Number.POSITIVE_INFINITY : endpointLimit - endpointUsed - 1
      )
    )
    return { allowed, total: endpointLimit ?? plan.perMinute, remaining, retryAfterSeconds }
  }
}
