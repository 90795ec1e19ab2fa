/** When deletions of a type show to reconciliation, where no list of deleted entities tells of them. Pure. */
import type { EpochMillis } from "../../domain/Time.js"
import { wholeTurns } from "../../policy/index.js"
import { childrenOf, type Provider } from "../../providers/index.js"
import type { Completeness } from "../../receiver/index.js"

/**
 * How long it takes until known ids have been compared with the provider's, by how often the list is swept; `null`
 * where each sweep shows deletions, or none does.
 */
export const deletionsWithin = (provider: Provider, entity: string): ((everyMs: number) => number) | null => {
  const rule = provider.sweeps[entity]
  if (rule === undefined || rule.hidden.includes("deleted") || rule.by === "children") return null
  const { wholeEvery } = rule
  if (wholeEvery !== null) return (everyMs) => everyMs * (wholeTurns(wholeEvery, everyMs) ?? 1)
  const walks = childrenOf(provider, entity).flatMap((child) => {
    const parent = provider.sweeps[child]?.parent
    return parent?.which === "all" ? [parent.every] : []
  })
  return walks.length === 0 ? null : (everyMs) => everyMs * Math.min(...walks)
}

/** When ids were last compared: the first sweep has seen all that there was. */
export const comparedAt = ({ comparedAt: at, filledAt }: Completeness): EpochMillis => Math.max(at ?? 0, filledAt)
