/** Counts credits per account and period, and per endpoint beneath it; failed calls count too (FRESHWORKS.md). */
import type { EpochMillis } from "../domain/Time.js"
import { nextPeriod, type PlanLimits, periodMs } from "../providers/index.js"

export interface LimitState {
  readonly allowed: boolean
  readonly total: number
  readonly remaining: number
  readonly retryAfterSeconds: number
}

export interface RateLimits {
  /** Counts a call, refused or not. */
  readonly call: (endpoint: string, credits: number, now: EpochMillis) => LimitState
  /** Counts a push that uses the limit as a call does; false where none is left, and then it counts nothing. */
  readonly push: (now: EpochMillis) => boolean
}

/** A limit and what is used of it in its present period. */
interface Counter {
  readonly limit: number
  readonly period: number
  window: number
  used: number
}

const counter = (limit: number, period: number): Counter => ({ limit, period, window: -1, used: 0 })

const turnTo = (one: Counter, now: EpochMillis): void => {
  const window = Math.floor(now / one.period)
  if (window === one.window) return
  one.window = window
  one.used = 0
}

export const makeRateLimits = (plan: PlanLimits): RateLimits => {
  const main = counter(plan.limit, periodMs[plan.period])
  const account = [main, ...(plan.besides ?? []).map(({ limit, period }) => counter(limit, periodMs[period]))]
  const endpoints = new Map(
    Object.entries(plan.endpoints).map(([name, limit]) => [name, counter(limit, periodMs[plan.period])])
  )
  const hasRoom = (credits: number) => (one: Counter) => one.used + credits <= one.limit
  return {
    call: (endpoint, credits, now) => {
      const own = endpoints.get(endpoint)
      const counters = own === undefined ? account : [...account, own]
      for (const one of counters) turnTo(one, now)
      const full = counters.filter((one) => !hasRoom(credits)(one))
      for (const one of counters) one.used += credits
      const remaining = [main, ...(own === undefined ? [] : [own])].map(({ limit, used }) => limit - used)
      const until = Math.max(...(full.length > 0 ? full : [main]).map(({ period }) => nextPeriod(now, period)))
      return {
        allowed: full.length === 0,
        total: (own ?? main).limit,
        remaining: Math.max(0, Math.min(...remaining)),
        retryAfterSeconds: Math.max(1, Math.ceil((until - now) / 1000))
      }
    },
    push: (now) => {
      for (const one of account) turnTo(one, now)
      if (!account.every(hasRoom(1))) return false
      for (const one of account) one.used += 1
      return true
    }
  }
}
