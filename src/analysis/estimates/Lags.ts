/**
 * Freshness lags: from the change, by the provider's stamp, to the arrival, by the program's clock brought in line with the
 * provider's. A stamp of whole seconds is on average half a second early, and so much is taken off. Pure.
 */
import type { Interval } from "../../domain/Poller.js"
import { type Spread, spread } from "../../domain/Quantiles.js"
import { quantileInterval } from "./Confidence.js"
import type { SeenVersion } from "./SeenVersions.js"

export interface Lags {
  readonly spread: Spread | null
  /** Of the median. */
  readonly p50Interval: Interval | null
  /** Seconds, rising. */
  readonly seconds: ReadonlyArray<number>
}

const halfStampMs = 500

export const lagsOf = (versions: ReadonlyArray<SeenVersion>, skewMs: number): Lags => {
  const stamped = versions.filter(({ updatedAt }) => updatedAt !== null)
  const early = stamped.every(({ updatedAt }) => updatedAt! % 1_000 === 0) ? halfStampMs : 0
  const seconds = stamped
    .map(({ seenAt, updatedAt }) => Math.max(0, seenAt + skewMs - updatedAt! - early) / 1_000)
    .sort((a, b) => a - b)
  return { spread: spread(seconds), p50Interval: quantileInterval(seconds, 0.5), seconds }
}
