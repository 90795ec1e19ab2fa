/**
 * The limits that settings state, and the limit that an answer's headers tell: an endpoint's own where the account's
 * plan has one for it, else the account's (FRESHWORKS.md, "Rate limits"). Pure.
 */
import type { PlanLimits, Provider } from "./Provider.js"

type Plans = Provider["plans"]

/** A limit that the settings give an account. */
export type SetLimit = Pick<PlanLimits, "limit" | "period">

/** The account's limits as stated: the limit that is set, else the plan's; `null` where neither is known. */
export const limitsOf = (plans: Plans, plan: string | null, set: SetLimit | null): PlanLimits | null =>
  set !== null
    ? { ...set, endpoints: {}, source: "the source's own setting" }
    : plan === null
      ? null
      : (plans[plan] ?? null)

const tells = ({ endpoints, limit }: PlanLimits, endpoint: string, total: number): boolean =>
  (endpoints[endpoint] ?? limit) === total

/** Names of the plans under which the endpoint's answers tell this limit. */
export const plansThatTell = (plans: Plans, endpoint: string, total: number): ReadonlyArray<string> =>
  Object.keys(plans).filter((name) => tells(plans[name]!, endpoint, total))

/** Names of the plans that have each of these limits, as the endpoint's own or as the account's. */
export const plansThatHave = (plans: Plans, told: ReadonlyMap<string, number>): ReadonlyArray<string> =>
  Object.keys(plans).filter((name) =>
    [...told].every(([endpoint, total]) => plans[name]!.limit === total || tells(plans[name]!, endpoint, total))
  )

/**
 * Whether a told limit is the endpoint's own. `stated`: of the plan that the settings name, `null` without one. An
 * account may have another plan than they name, so a limit that is not the stated plan's is looked for in all plans.
 */
export const isOwnLimit = (plans: Plans, stated: PlanLimits | null, endpoint: string, total: number): boolean => {
  if (stated?.limit === total) return false
  if (stated?.endpoints[endpoint] === total) return true
  const all = Object.values(plans)
  // An account's limit can be raised beyond all plans; an endpoint's own is beneath the account's.
  const least = stated?.limit ?? Math.min(...all.map(({ limit }) => limit))
  if (total >= least && all.every(({ endpoints }) => endpoints[endpoint] !== total)) return false
  const telling = plansThatTell(plans, endpoint, total).map((name) => plans[name]!)
  return (telling.length > 0 ? telling : all).some(({ endpoints }) => endpoints[endpoint] !== undefined)
}
