/** How long the webhook path runs on after the window, until every late delivery and sweep is over. Pure. */
import type { EpochMillis } from "../../domain/Time.js"
import { wholeWithinMs } from "../../policy/index.js"
import { slowestInterval } from "../../providers/index.js"
import type { ReplayPlan } from "./ReplayPlan.js"

export interface SettlingOptions {
  readonly from: EpochMillis
  readonly to: EpochMillis
  readonly reconcileSeconds: number
  readonly faults: { readonly outageSeconds: number }
}

/** Room for deferred pushes and for reads that come too early. */
const slackSeconds = 600

/** The last retry of a delivery, and a sweep of every kind: some lists are read whole only every so many sweeps. */
export const settlingSeconds = (
  plans: ReadonlyArray<ReplayPlan>,
  { faults, from, reconcileSeconds, to }: SettlingOptions
): number => {
  const retries = Math.max(
    ...plans.map((plan) =>
      Object.values(plan.planned.provider.deliveryPolicies)[0]!.retryAfterSeconds.reduce((sum, wait) => sum + wait, 0)
    )
  )
  const rarest = Math.max(
    1,
    ...plans.flatMap(({ entities, planned: { provider } }) =>
      entities.map((entity) =>
        Math.max(provider.sweeps[entity]?.wholeEvery ?? 1, provider.sweeps[entity]?.parent?.every ?? 1)
      )
    )
  )
  const day = wholeWithinMs / 1_000
  const slowest = Math.max(
    reconcileSeconds,
    // Types that are read more seldom than once a day are not waited for.
    ...plans.map(({ own = {}, reconcileSeconds: interval }) => Math.min(day, slowestInterval(interval ?? 0, own)))
  )
  const cycle = Math.max(slowest, Math.min(slowest * rarest, Math.ceil(day / slowest) * slowest))
  // Sweeps keep their beat from the window's start, unless the receiver was started again.
  const untilWhole = faults.outageSeconds > 0 ? cycle : cycle - (((to - from) / 1000) % cycle || cycle)
  return Math.max(untilWhole, slowest, retries) + slackSeconds + slowest
}
