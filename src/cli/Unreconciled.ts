/** Pollers that the mirror would serve if the plan, or the receiver, reconciled their types, and the remedy. Pure. */
import type { Analysis } from "../analysis/index.js"
import type { PollerAssessment } from "../domain/Poller.js"
import { listsOf, namedEndpoint, providerOf } from "../providers/index.js"

type Plans = Pick<Analysis, "plans">

/** The type for want of which nothing is served; `null` where another reason stands against it as well. */
export const unreconciledType = (poller: PollerAssessment, { plans }: Plans): string | null => {
  const { account, endpoint, mirror, product } = poller
  if (mirror == null || mirror.served) return null
  // A first request goes through for its credential in any case.
  const reasons = Object.keys(mirror.through).filter((reason) => reason !== "credential")
  if (reasons.length !== 1 || reasons[0] !== "never-swept") return null
  const entity = namedEndpoint(providerOf(product), endpoint)?.entity ?? null
  const planned = plans.find((plan) => plan.account === account)?.schedule ?? []
  return planned.some((one) => one.entity === entity) ? null : entity
}

/** The types that a poller's requests are answered from: its own, and those that its list embeds. */
export const typesAskedFor = ({ endpoint, product, query }: PollerAssessment): ReadonlyArray<string> => {
  const provider = providerOf(product)
  const entity = namedEndpoint(provider, endpoint)?.entity
  if (provider === null || entity == null) return []
  const included = new URLSearchParams(query).get("include")?.split(",") ?? []
  const embeds = listsOf(provider).flatMap((list) => (list.entity === entity ? (list.embeds ?? []) : []))
  return [...new Set([entity, ...embeds.filter(({ name }) => included.includes(name)).map((one) => one.entity)])]
}

export const reconcileRemedy = (entities: ReadonlyArray<string>): string => {
  const types = [...new Set(entities)]
  return `the plan does not reconcile ${types.join(", ")}, and the mirror answers only from what is reconciled: set an interval in the source's reconcile setting ("reconcile": {${types.map((entity) => `"${entity}": "1h"`).join(", ")}})`
}
