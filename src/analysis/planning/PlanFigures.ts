/** An account's plan in figures. Pure. */
import type { PushEvidence } from "../../domain/PushEvidence.js"
import { reported } from "../../domain/SweepInterval.js"
import { type OwnIntervals, type Route, rootsOf, toldDependants } from "../../providers/index.js"
import type { Schedule } from "../costs/Charges.js"
import { sweepsIn } from "../costs/Forecast.js"
import type { Detection } from "../detection/Detection.js"
import type { AnalysisSettings } from "../Settings.js"
import type { PlannedAccount } from "./PlannedAccount.js"
import { intervalsUnder } from "./ScheduledIntervals.js"

/** An account's plan, as reports show it. */
export interface AccountPlanFigures {
  readonly account: string
  readonly product: string
  readonly routes: ReadonlyArray<Route>
  /** Calls that each further route saves. */
  readonly bought: ReadonlyArray<{ readonly route: Route; readonly calls: number }>
  /** Interval of each type that is reconciled, in seconds. */
  readonly schedule: ReadonlyArray<{
    readonly entity: string
    /** `null`: subscribed to and not reconciled. */
    readonly everySeconds: number | null
    /** Hours of the UTC day in which it has a shorter interval. */
    readonly busy?: { readonly everySeconds: number; readonly hours: string }
    /** Whether it has an interval of its own. */
    readonly isSet: boolean
    /** Read in between as well, where a sign tells that a push was lost. */
    readonly told?: true
  }>
  /** Measured loss and latency of its pushes; `null` without a receiver. */
  readonly evidence: PushEvidence | null
  /** Calls of the window: tuned without webhooks, and by webhooks where no freshness is kept. */
  readonly tuningOnly: number
  readonly atMost: number
  /** Calls where no poller gets staler at p95 than it is. */
  readonly atTodaysFreshness: number
  /** The fewest that any plan could call: one for each list and healing bound, and the calls beyond any plan. */
  readonly floor: number
}

export const figuresOf = (
  account: string,
  { atMost, atTodaysFreshness, bought, plan, tuningOnly, untouched }: PlannedAccount,
  reconciled: ReadonlyArray<string>,
  { every, own }: Schedule,
  { unattributed }: Detection,
  window: AnalysisSettings["window"]
): Omit<AccountPlanFigures, "evidence"> => {
  const others = unattributed.reduce((sum, { rows }) => sum + rows.length, 0)
  const told = toldDependants(plan.planned)
  return {
    account,
    product: plan.planned.provider.product,
    routes: plan.planned.routes,
    bought,
    schedule: [
      ...intervalsUnder(plan.planned, reconciled, every, own),
      ...subscribedOnly(plan.own).map((entity) => [entity, null] as const)
    ]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([entity, interval]) => {
        const shown = interval === null ? { everySeconds: null } : reported(interval)
        const { everySeconds } = shown
        return {
          entity,
          ...shown,
          isSet: own[entity] !== undefined,
          ...(everySeconds !== null && everySeconds > every && told.includes(entity) ? { told: true as const } : {})
        }
      }),
    tuningOnly: tuningOnly + others,
    atMost: Math.round(atMost) + others,
    atTodaysFreshness: Math.round(atTodaysFreshness) + others,
    floor: untouched + others + rootsOf(plan.planned.provider, reconciled).length * sweepsIn(window, every)
  }
}

/** Types that the plan subscribes to and does not reconcile. */
export const subscribedOnly = (own: OwnIntervals): ReadonlyArray<string> =>
  Object.entries(own).flatMap(([entity, every]) => (every === "off" ? [entity] : []))
