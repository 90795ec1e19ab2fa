/** How a poller's sweeps ended. Pure. */
import { countedSweeps } from "../../domain/EmptySweeps.js"
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
  const failed = sweeps.filter((sweep) => sweep.failed).length
  const unread = sweeps.filter((sweep) => !sweep.failed && sweep.yield === null).length
  const counted = countedSweeps({ sweeps: sweeps.length, failedSweeps: failed, unreadSweeps: unread })
  const read = sweeps.filter((sweep) => !sweep.failed && sweep.yield !== null)
  return {
    sweeps: sweeps.length,
    failed,
    unread,
    counted,
    empty: yieldKnown && counted > 0 ? read.slice(1).filter((sweep) => sweep.yield === 0).length : null
  }
}
