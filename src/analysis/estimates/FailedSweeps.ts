/** Sweeps that fail, and how much longer a change waits for one that is answered. Pure. */
import type { Sweep } from "../../domain/Poller.js"
import { quantile, type Spread, spread } from "../../domain/Quantiles.js"

export interface FailedSweeps {
  /** Share of the sweeps that fail, whatever the interval. */
  readonly share: number
  /** The most that failed in a row. */
  readonly longestRun: number
}

export const failedSweepsOf = (sweeps: ReadonlyArray<Pick<Sweep, "failed">>): FailedSweeps => {
  let failed = 0
  let run = 0
  let longestRun = 0
  for (const sweep of sweeps) {
    run = sweep.failed ? run + 1 : 0
    failed += sweep.failed ? 1 : 0
    longestRun = Math.max(longestRun, run)
  }
  return { share: sweeps.length === 0 ? 0 : failed / sweeps.length, longestRun }
}

/**
 * Intervals within which a share `p` of the changes is seen. A change comes evenly within an interval and is seen by
 * the first answered sweep: after k failed ones with probability f^k (1 − f). With the smallest k for which
 * 1 − f^(k+1) ≥ p, these are k + (p − 1 + f^k) / (f^k (1 − f)). All changes have no bound: as many sweeps fail in a row
 * as the recording shows.
 */
export const intervalsUntilSeen = (p: number, { longestRun, share: f }: FailedSweeps): number => {
  if (p >= 1) return longestRun + 1
  if (f >= 1) return Number.POSITIVE_INFINITY
  let k = 0
  let missed = 1
  while (1 - missed * f < p) {
    k += 1
    missed *= f
  }
  return k + (p - 1 + missed) / (missed * (1 - f))
}

/** Share of the changes behind so many failed sweeps in a row that is left out of a spread. */
const negligible = 1e-4

/**
 * Lags where sweeps fail. `lags`: of all changes, where so many sweeps fail before the one that is answered. `null`
 * without a change.
 */
export const spreadBehindFailures = (
  lags: (failedBefore: number) => ReadonlyArray<number>,
  { longestRun, share: f }: FailedSweeps
): Spread | null => {
  if (f === 0) return spread(lags(0))
  const weighted: Array<{ readonly lag: number; readonly weight: number }> = []
  for (let k = 0, weight = 1 - f; k === 0 || (f < 1 && weight > negligible); k++, weight *= f)
    for (const lag of lags(k)) weighted.push({ lag, weight })
  if (weighted.length === 0) return null
  weighted.sort((a, b) => a.lag - b.lag)
  const all = weighted.reduce((sum, { weight }) => sum + weight, 0)
  const within = (p: number): number => {
    let sum = 0
    for (const { lag, weight } of weighted) {
      sum += weight
      if (sum >= p * all - 1e-9) return lag
    }
    return weighted.at(-1)!.lag
  }
  return { p50: within(0.5), p95: within(0.95), max: quantile(lags(longestRun), 1)! }
}
