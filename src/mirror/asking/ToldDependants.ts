/** Reads a request for dependants that move no stamp of their parent's. */
import type { CatalogueEndpoint, DependantRule, Provider } from "../../providers/index.js"
import type { Reason, ToldQuestion } from "../Question.js"

export const readToldDependants = (
  rule: DependantRule,
  provider: Provider,
  endpoint: CatalogueEndpoint,
  subject: string | null,
  query: URLSearchParams
): Omit<ToldQuestion, "source" | "key"> | Reason => {
  const parent = provider.entities[rule.entity]?.parent
  if (parent === undefined || subject === null) return "endpoint"
  if ([...query.keys()].some((name) => name !== rule.perPage)) return "parameter"
  return { kind: "told", entity: rule.entity, endpoint, rule, parent: { entity: parent.entity, id: subject } }
}
