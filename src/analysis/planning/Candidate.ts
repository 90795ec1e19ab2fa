/**
 * Pollers that webhooks may replace, and what a search for their reconciliation intervals is given. Spans in seconds.
 */
import type { OwnIntervals, PlannedEvents } from "../../providers/index.js"
import type { PollerEstimates } from "../estimates/PollerEstimates.js"
import type { PushLatency } from "../estimates/PushLatency.js"
import type { FreshnessGoal } from "../Settings.js"
import type { HoursOf } from "./Freshness.js"

/** A poller that webhooks may replace. */
export interface Candidate {
  readonly one: PollerEstimates
  /** Its goals, and its changes that wait for a sweep. */
  readonly goals: ReadonlyArray<FreshnessGoal>
  readonly waiting: ReadonlyMap<string, number>
  /** Its calls where it stays, tuned where that is admissible. */
  readonly ifItStays: number
}

/** "off" for dependants that are subscribed to and not reconciled. */
export type Intervals = OwnIntervals

export interface IntervalSearch {
  readonly planned: PlannedEvents
  readonly boundSeconds: number
  /** Types that are subscribed to though none of the pollers reads them. */
  readonly extra: ReadonlyArray<string>
  readonly cost: (replaced: ReadonlyArray<Candidate>, own: Intervals) => number
  readonly latency: PushLatency
  /** When in the day changes come. */
  readonly hoursOf?: HoursOf
  /** Length of the window that the costs are of. */
  readonly days?: number
}
