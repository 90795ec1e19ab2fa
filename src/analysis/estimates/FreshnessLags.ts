/**
 * Freshness lags: from the change, by the provider's stamp, to the arrival, by the program's clock brought in line with the
 * provider's. A stamp of whole seconds is on average half a second early, and so much is taken off. Pure.
 */
import type { Interval } from "../../domain/Poller.js"
import { type Spread, spreadOfRising } from "../../domain/Quantiles.js"
import { quantileInterval } from "./ConfidenceIntervals.js"
import { risingByStamp, type SeenVersion } from "./SeenVersions.js"

export interface FreshnessLags {
  readonly spread: Spread | null
  /** Of the median. */
  readonly p50Interval: Interval | null
  /** Seconds, rising. */
  readonly seconds: Float64Array
}

const halfStampMs = 500

export const freshnessLagsOf = (versions: ReadonlyArray<SeenVersion>, skewMs: number): FreshnessLags => {
  const early = versions.every(({ updatedAt }) => updatedAt === null || updatedAt % 1_000 === 0) ? halfStampMs : 0
  const seconds = risingByStamp(
    versions,
    ({ seenAt }, updatedAt) => Math.max(0, seenAt + skewMs - updatedAt - early) / 1_000
  )
  return { spread: spreadOfRising(seconds), p50Interval: quantileInterval(seconds, 0.5), seconds }
}
