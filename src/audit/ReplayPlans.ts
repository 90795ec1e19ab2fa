/** The receivers that a replay sets up, account by account. Pure. */
import type { Analysis } from "../analysis/index.js"
import { isReplaced } from "../domain/Verdict.js"
import { providerOf } from "../providers/index.js"
import type { ReplayPlan } from "../replay/index.js"
import { withOwnSources } from "./OwnSources.js"

/** By the plan, for each of these accounts that has something to migrate. */
export const replayPlans = (
  analysis: Pick<Analysis, "needs" | "pollers">,
  sources: Readonly<Record<string, string>>,
  accounts: ReadonlySet<string>
): ReadonlyArray<ReplayPlan> =>
  withOwnSources(
    analysis.needs.flatMap((need): ReadonlyArray<ReplayPlan> => {
      if (providerOf(need.product) === null || !accounts.has(need.account) || need.planned.events.size === 0) return []
      const moving = analysis.pollers.filter((poller) => poller.account === need.account && isReplaced(poller))
      return [
        {
          account: need.account,
          source: sources[need.account] ?? need.product,
          planned: need.planned,
          entities: need.entities,
          reconcileSeconds: need.reconcileSeconds,
          own: need.own,
          replaced: new Set(moving.map((poller) => poller.integration))
        }
      ]
    })
  )

/** The same for a mirror, which needs more types of some accounts. */
export const mirrorPlans = (
  plans: ReadonlyArray<ReplayPlan>,
  { mirrorReceivers }: Pick<Analysis, "mirrorReceivers">
): ReadonlyArray<ReplayPlan> =>
  plans.map((plan) => {
    const more = mirrorReceivers.find(({ account }) => account === plan.account)
    return more === undefined ? plan : { ...plan, planned: more.planned, entities: more.entities, own: more.own }
  })
