/** Subscriptions that were applied before: another apply adds to them, and takes nothing away. Pure. */
import type { Route } from "../providers/index.js"
import type { SubscriptionRow } from "../store/service.js"
import type { PlannedSubscription } from "./SubscriptionPlan.js"

/** A source's hook: where its deliveries go. */
export type Hook = Pick<PlannedSubscription, "source" | "product" | "target">

export const subscriptionOf = (row: SubscriptionRow): PlannedSubscription => {
  const { leavesOut, target, watches } = JSON.parse(row.fields) as {
    target: string
    watches: Array<string>
    leavesOut?: string | null
  }
  const { account, event, product, source } = row
  return {
    source,
    product,
    account,
    route: row.route as Route,
    event,
    target,
    watches,
    leavesOut: leavesOut ?? null
  }
}

/** The earlier subscriptions of these hooks by this route that the plan does not name, at the hooks' addresses. */
export const appliedBefore = (
  plan: ReadonlyArray<PlannedSubscription>,
  applied: ReadonlyArray<SubscriptionRow>,
  route: Route,
  hooks: ReadonlyArray<Hook>
): ReadonlyArray<PlannedSubscription> =>
  applied.flatMap((row) => {
    const hook = hooks.find(({ product, source }) => source === row.source && product === row.product)
    if (row.route !== route || hook === undefined || plan.some((one) => isSame(one, row))) return []
    return [{ ...subscriptionOf(row), target: hook.target }]
  })

/** Events that are named tell nothing of an account's own fields: a rule goes on watching those that it watches. */
export const withEarlierWatches = (
  plan: ReadonlyArray<PlannedSubscription>,
  applied: ReadonlyArray<SubscriptionRow>
): ReadonlyArray<PlannedSubscription> =>
  plan.map((one) => {
    const before = one.route === "rule" ? applied.find((row) => isSame(one, row)) : undefined
    if (before === undefined) return one
    return { ...one, watches: [...new Set([...one.watches, ...subscriptionOf(before).watches])].sort() }
  })

export const isSame = (
  one: Pick<PlannedSubscription, "source" | "route" | "event">,
  other: Pick<SubscriptionRow, "source" | "route" | "event">
): boolean => one.source === other.source && one.route === other.route && one.event === other.event
