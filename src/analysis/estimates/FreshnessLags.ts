/**
 * Freshness lags: from a change's stamp to its arrival, by the program's clock corrected for skew. Stamps of whole
 * seconds are half a second early on average, which is subtracted. Pure.
 */
import type { Interval } from "../../domain/Poller.js"
import { type Spread, spreadOfRising } from "../../domain/Quantiles.js"
import { quantileInterval } from "./ConfidenceIntervals.js"
import { risingByStamp, type SeenVersion } from "./SeenVersions.js"

export interface FreshnessLags {
  readonly spread: Spread | null
  /** Confidence interval of the median. */
  readonly p50Interval: Interval | null
  /** All lags in seconds, rising. */
  readonly seconds: Float64Array
}

/** Mean error of a stamp of whole seconds. */
const halfStampMs = 500

export const freshnessLagsOf = (versions: ReadonlyArray<SeenVersion>, skewMs: number): FreshnessLags => {
  const early = versions.every(({ updatedAt }) => updatedAt === null || updatedAt % 1_000 === 0) ? halfStampMs : 0
  const seconds = risingByStamp(
    versions,
    ({ seenAt }, updatedAt) => Math.max(0, seenAt + skewMs - updatedAt - early) / 1_000
  )
  return { spread: spreadOfRising(seconds), p50Interval: quantileInterval(seconds, 0.5), seconds }
}
