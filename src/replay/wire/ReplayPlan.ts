/** The set-up of a replay for an account. */
import type { OwnIntervals, PlanLimits, PlannedEvents } from "../../providers/index.js"

/** How one account's pollers give way to webhooks. */
export interface ReplayPlan {
  readonly account: string
  readonly source: string
  /** Its product's, by route, each with deliveries of its own. */
  readonly planned: PlannedEvents
  /** Entity types that reconciliation sweeps, dependants included. */
  readonly entities: ReadonlyArray<string>
  /** How often, and which of them apart from the others, in seconds; the replay's own interval unless said. */
  readonly reconcileSeconds?: number
  readonly own?: OwnIntervals
  /** The account's limits; learnt from its answers unless given. */
  readonly limits?: PlanLimits
  /** Integrations that webhooks replace; calls of the others are no part of the comparison. */
  readonly replaced: ReadonlySet<string>
}
