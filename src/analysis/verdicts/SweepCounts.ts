/** How a poller's sweeps ended. Pure. */
import type { PollerEstimates } from "../estimates/PollerEstimates.js"

export interface SweepCounts {
  readonly sweeps: number
  /** No call of the sweep was answered. */
  readonly failed: number
  /** A body of the sweep could not be read. */
  readonly unread: number
  /** Answered and read, without the first of them, which fills the program's cache. */
  readonly counted: number
  /** Of `counted`: without a new item version; `null` where that is unknown. */
  readonly empty: number | null
}

export const sweepCountsOf = ({ poller: { sweeps }, yieldKnown }: PollerEstimates): SweepCounts => {
  const counted = sweeps.filter((sweep) => !sweep.failed && sweep.yield !== null).slice(1)
  return {
    sweeps: sweeps.length,
    failed: sweeps.filter((sweep) => sweep.failed).length,
    unread: sweeps.filter((sweep) => sweep.yield === null).length,
    counted: counted.length,
    empty: yieldKnown && counted.length > 0 ? counted.filter((sweep) => sweep.yield === 0).length : null
  }
}
