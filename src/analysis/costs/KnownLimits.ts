/** The limits of an account, and of its endpoints, by the headers of its answers and by its plan. Pure. */
import { type EndpointName, endpointName } from "../../domain/Endpoint.js"
import type { Recording } from "../../domain/Recording.js"
import type { EndpointLimitUse, RateLimitUse } from "../../domain/Report.js"
import {
  isOwnLimit,
  limitsOf,
  type PlanLimits,
  type Provider,
  plansThatHave,
  type SetLimit
} from "../../providers/index.js"

export interface KnownLimits {
  /** The account's, by the period in which the product counts; `null` where it is unknown. */
  readonly account: number | null
  readonly from: RateLimitUse["limitFrom"]
  /** The plans that fit, where they and not a header tell the account's limit. */
  readonly fittingPlans: ReadonlyArray<string>
  readonly own: ReadonlyMap<EndpointName, Own>
}

type Own = Pick<EndpointLimitUse, "limit" | "limitFrom">

/** `plan`: its name, as the settings have it. `set`: the account's limit, where the configuration sets it. */
export const knownLimits = (
  recording: Recording,
  provider: Provider | null,
  plan: string | null,
  set: SetLimit | null
): KnownLimits => {
  const plans = provider?.plans ?? {}
  // As the client's limiter takes it.
  const stated = limitsOf(plans, plan, set)
  const told = toldLimits(recording)
  const isOwn = ([endpoint, total]: readonly [EndpointName, number]): boolean =>
    isOwnLimit(plans, stated, endpoint, total)
  const ofAccount = [...told].filter((one) => !isOwn(one)).map(([, total]) => total)
  const fitting = stated === null && told.size > 0 ? plansThatHave(plans, told) : []
  const byPlan = stated ?? inCommon(fitting.map((name) => plans[name]!))
  return {
    ...(set === null
      ? accountLimit(ofAccount, stated, byPlan)
      : { account: set.limit, from: "configuration" as const }),
    fittingPlans: ofAccount.length === 0 && byPlan !== null ? fitting : [],
    own: new Map<EndpointName, Own>([
      ...Object.entries(byPlan?.endpoints ?? {}).map(([endpoint, limit]): readonly [EndpointName, Own] => [
        endpoint,
        { limit, limitFrom: "plan" }
      ]),
      ...[...told]
        .filter(isOwn)
        .map(([endpoint, limit]): readonly [EndpointName, Own] => [endpoint, { limit, limitFrom: "headers" }])
    ])
  }
}

/** Limits that are the same in all of these plans; `null` where the account's is not. */
const inCommon = ([first, ...others]: ReadonlyArray<PlanLimits>): Pick<PlanLimits, "limit" | "endpoints"> | null =>
  first === undefined || others.some(({ limit }) => limit !== first.limit)
    ? null
    : {
        limit: first.limit,
        endpoints: Object.fromEntries(
          Object.entries(first.endpoints).filter(([endpoint, own]) =>
            others.every(({ endpoints }) => endpoints[endpoint] === own)
          )
        )
      }

/** The provider's headers override the configured plan. */
const accountLimit = (
  told: ReadonlyArray<number>,
  stated: PlanLimits | null,
  byPlan: Pick<PlanLimits, "limit"> | null
): Pick<KnownLimits, "account" | "from"> => {
  if (told.length > 0) return { account: Math.max(...told), from: "headers" }
  if (stated !== null) return { account: stated.limit, from: "plan" }
  return byPlan === null ? { account: null, from: null } : { account: byPlan.limit, from: "endpoints" }
}

/** The largest limit that each endpoint's answers told. */
const toldLimits = ({ streams }: Recording): ReadonlyMap<EndpointName, number> => {
  const told = new Map<EndpointName, number>()
  for (const { calls, stream } of streams) {
    const name = endpointName(stream.method, stream.template)
    let most = told.get(name) ?? -1
    for (let row = 0; row < calls.length; row++) most = Math.max(most, calls.limitTotal[row]!)
    if (most >= 0) told.set(name, most)
  }
  return told
}
