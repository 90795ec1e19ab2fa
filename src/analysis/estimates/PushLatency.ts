/** How long pushes take, from a change to its arrival: assumed, or as a receiver measured it. Pure. */
import type { PushEvidence } from "../../domain/PushEvidence.js"
import { lowerBound } from "../../domain/Recording.js"
import { deliveryLatency } from "../../providers/index.js"

export interface PushLatency {
  /** Share of the pushes that have arrived after a span in milliseconds, 0 to 1. */
  readonly arrivedWithin: (ms: number) => number
  /** Span in milliseconds within which a share of them has arrived, 0 to 1. */
  readonly quantile: (share: number) => number
  readonly longestMs: number
}

const { floorMs, longestMs, meanTailMs } = deliveryLatency

/** A floor and an exponential tail (providers/PushTiming.ts). */
export const assumedLatency: PushLatency = {
  arrivedWithin: (ms) => (ms >= longestMs ? 1 : 1 - Math.exp(-Math.max(0, ms - floorMs) / meanTailMs)),
  quantile: (share) => Math.min(longestMs, floorMs - Math.log(1 - share) * meanTailMs),
  longestMs
}

export const latencyOf = (evidence: PushEvidence | undefined): PushLatency => {
  if (evidence?.latencies == null || evidence.latencies.length === 0) return assumedLatency
  const rising = Float64Array.from(evidence.latencies)
  const last = rising.length - 1
  return {
    arrivedWithin: (ms) => lowerBound(rising, Math.floor(ms) + 1) / rising.length,
    quantile: (share) => rising[Math.min(last, Math.floor(share * rising.length))]!,
    longestMs: rising[last]!
  }
}
