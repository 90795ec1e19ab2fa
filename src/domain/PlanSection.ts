/** The migration plan, as a report shows it. Times are in seconds. */
import type { MirrorWay } from "./MirrorWay.js"
import type { MeasuredLoss } from "./PushEvidence.js"
import type { Spread } from "./Quantiles.js"

/** The migration plan, and what other plans would leave of the calls. */
export interface PlanSection {
  /** The longest that a lost push may stay unnoticed. */
  readonly healWithinSeconds: number
  /** Whether it keeps today's freshness; `--slo` sets other goals, or none, and a plan from a file may not keep it. */
  readonly goal: "today" | "set" | "none" | "given"
  /** Routes by account; `saves`: calls that a further route saves, `null` of the first. */
  readonly routes: ReadonlyArray<{ readonly account: string; readonly route: string; readonly saves: number | null }>
  readonly schedules: ReadonlyArray<{
    readonly account: string
    readonly entity: string
    /** `null`: subscribed to and not reconciled. */
    readonly everySeconds: number | null
    /** Hours of the UTC day in which the interval is shorter, as ranges: `6-18`. */
    readonly busy?: { readonly everySeconds: number; readonly hours: string }
    /** Whether it has an interval of its own, apart from the bound. */
    readonly isSet: boolean
    /** Dependants that are read in between as well, where a sign tells that a push was lost (docs/plan.md). */
    readonly told?: true
  }>
  /** Measured loss and latency, which the plan reckons with; absent where no receiver ran. */
  readonly evidence?: ReadonlyArray<{
    readonly account: string
    readonly loss: ReadonlyArray<{ readonly entity: string } & MeasuredLoss>
    /** From a change to its first arrival; `null` where too few came. */
    readonly latencySeconds: Spread | null
    readonly deliveries: number
  }>
  readonly pollers: ReadonlyArray<{
    readonly id: string
    readonly becomes: "replaced" | "tuned" | "kept"
    readonly why: string
  }>
  /** Calls of the plan that are the share of readings which come more seldom than the window is long. */
  readonly seldom?: number
  /** Calls of the window by tuning alone, without webhooks. */
  readonly tuningOnly: number
  /**
   * The programs as they are, through the mirror, with what a receiver needs beside it; absent where it serves none.
   */
  readonly mirror?: MirrorWay
  /** Calls where no poller gets staler at p95 than it is. */
  readonly atTodaysFreshness: number
  /** Calls where no freshness has to be kept. */
  readonly atMost: number
  /** The fewest that any plan could call and notice a loss within the bound: one for each list and bound. */
  readonly floor: number
}
