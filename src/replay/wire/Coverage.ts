/** Which changes an event of the plans' routes tells of. Pure. */
import { ownPushesOf, pushOf } from "../../providers/index.js"
import type { TrueChange } from "./ProviderPort.js"
import type { ReplayPlan } from "./ReplayPlan.js"

/** A stamp that moved with a reply is told of by the reply's own event, where the route has one. */
export const coverageOf = (
  plans: ReadonlyArray<ReplayPlan>,
  truth: ReadonlyArray<TrueChange>
): ((change: TrueChange) => boolean) => {
  const byAccount = new Map(plans.map(({ account, planned }) => [account, planned]))
  const named = (account: string, entity: string, id: string, at: number) => `${account} ${entity} ${id} ${at}`
  const pushes = (change: TrueChange): boolean => {
    const { account, action, entity, fields } = change
    const plan = byAccount.get(account)
    return plan !== undefined && ownPushesOf(pushOf(plan, { entity, action, changed: fields }), entity).length > 0
  }
  const replies = new Set(
    truth.flatMap((change) =>
      change.parent === null || !pushes(change)
        ? []
        : [named(change.account, change.parent.entity, change.parent.id, change.updatedAt)]
    )
  )
  return (change) => pushes(change) || replies.has(named(change.account, change.entity, change.id, change.updatedAt))
}
