/**
 * The rate limit of an account, shared by every client that calls it: no more calls than the plan allows, in step with
 * what the answers' headers say, slower once the limit runs low (CallPacing.ts), and silent while a `Retry-After` runs
 * (FRESHWORKS.md, "Rate limits"). Waiting is the caller's fiber's; state is plain and changes only between waits.
 */
import { Clock, Duration, Effect } from "effect"
import { nextPeriod, spacedUntil } from "./CallPacing.js"
import { type PlanLimits, type Provider, periodMs } from "./Provider.js"
import { isOwnLimit } from "./ToldLimits.js"

export interface AccountLimiter {
  /** Resolves when a call to this endpoint may go out, and counts it. An embed costs more than one credit. */
  readonly acquire: (endpoint: string, credits?: number) => Effect.Effect<void>
  /** Learns the limit from an answer's headers. */
  readonly note: (endpoint: string, headers: Readonly<Record<string, string | undefined>>) => Effect.Effect<void>
  /** No call goes out until then, after a 429. */
  readonly pause: (duration: Duration.Duration) => Effect.Effect<void>
}

interface Budget {
  readonly period: number
  total: number
  used: number
  window: number
  /** Spreads what is left of a nearly used-up budget over what is left of its window. */
  notBefore: number
}

/**
 * `limits` of the account's plan; `null` where it is unknown: then the headers alone tell. `plans`: those of the
 * product, by which an endpoint's own limit is told from the account's where the account has another than `limits`.
 */
export const makeAccountLimiter = (limits: PlanLimits | null, plans: Provider["plans"] = {}): AccountLimiter => {
  const knownPlans = limits === null ? plans : { ...plans, "": limits }
  const mainPeriod = periodMs[limits?.period ?? "minute"]
  /** The account's limits, under names that no endpoint has. */
  const account = [
    { name: "", limit: limits?.limit, period: mainPeriod },
    ...(limits?.besides ?? []).map(({ limit, period }) => ({ name: `a ${period}`, limit, period: periodMs[period] }))
  ]
  const budgets = new Map<string, Budget>()
  let pausedUntil = 0

  const budgetOf = (name: string, total: number | undefined, now: number, period = mainPeriod): Budget | null => {
    let budget = budgets.get(name)
    if (budget === undefined) {
      if (total === undefined) return null
      budget = { period, total, used: 0, window: 0, notBefore: 0 }
      budgets.set(name, budget)
    }
    const window = Math.floor(now / period)
    if (budget.window !== window) {
      budget.window = window
      budget.used = 0
      budget.notBefore = 0
    }
    return budget
  }

  const space = (budget: Budget, now: number): void => {
    const until = spacedUntil(budget.total, budget.used, now, budget.period)
    if (until > 0) budget.notBefore = until
  }

  /** When a call may go out; `now` when it may at once. */
  const freeAt = (endpoint: string, credits: number, now: number): number => {
    let at = Math.max(now, pausedUntil)
    const whole = account.map(({ limit, name, period }) => budgetOf(name, limit, now, period))
    for (const budget of [...whole, budgetOf(endpoint, limits?.endpoints[endpoint], now)]) {
      if (budget === null) continue
      // A call that costs more than the whole budget goes out alone rather than never.
      if (budget.used > 0 && budget.used + credits > budget.total) at = Math.max(at, nextPeriod(now, budget.period))
      else at = Math.max(at, budget.notBefore)
    }
    return at
  }

  /** Calls to an endpoint wait in line: if all woke up together, most would go back to sleep. */
  const lanes = new Map<string, Effect.Semaphore>()
  const laneOf = (endpoint: string): Effect.Semaphore => {
    const known = lanes.get(endpoint)
    if (known !== undefined) return known
    const made = Effect.unsafeMakeSemaphore(1)
    lanes.set(endpoint, made)
    return made
  }

  const acquire: AccountLimiter["acquire"] = (endpoint, credits = 1) =>
    laneOf(endpoint).withPermits(1)(goOut(endpoint, credits))

  const goOut = (endpoint: string, credits: number): Effect.Effect<void> =>
    Effect.gen(function* () {
      for (;;) {
        const now = yield* Clock.currentTimeMillis
        const at = freeAt(endpoint, credits, now)
        if (at > now) {
          yield* Effect.sleep(Duration.millis(at - now))
          continue
        }
        for (const name of [...account.map((limit) => limit.name), endpoint]) {
          const budget = budgets.get(name)
          if (budget === undefined) continue
          budget.used += credits
          space(budget, now)
        }
        return
      }
    })

  return {
    acquire,
    note: (endpoint, headers) =>
      Effect.map(Clock.currentTimeMillis, (now) => {
        const total = Number(headers["x-ratelimit-total"] ?? Number.NaN)
        const remaining = Number(headers["x-ratelimit-remaining"] ?? Number.NaN)
        if (!(total > 0) || !(remaining >= 0)) return
        // Where the plan is unknown each endpoint is held to what it says.
        const own = limits === null || isOwnLimit(knownPlans, limits, endpoint, total)
        const budget = budgetOf(own ? endpoint : "", total, now)
        if (budget === null) return
        budget.total = total
        budget.used = Math.max(budget.used, total - remaining)
        space(budget, now)
      }),
    pause: (duration) =>
      Effect.map(Clock.currentTimeMillis, (now) => {
        pausedUntil = Math.max(pausedUntil, Math.ceil(now + Duration.toMillis(duration)))
      })
  }
}
