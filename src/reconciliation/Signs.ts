/** Signs in a list that pushes of dependants were lost: an unexplained stamp, and what an embed tells. */
import type { EntityState } from "../domain/EntityState.js"
import { isRecord } from "../domain/Json.js"
import { type EpochMillis, parseTimestamp } from "../domain/Time.js"
import { tellsOfNews } from "../policy/index.js"
import type { Item } from "../providers/clients.js"
import type { SweepRule, SweptRoot } from "../providers/index.js"
import type { Depth } from "./Dependants.js"
import type { SweepParts } from "./SweepParts.js"

/** The list that a sweep reads. */
interface Listed {
  readonly root: SweptRoot
  readonly rule: SweepRule
  readonly depth: Depth
  readonly embed: string | undefined
}

/** The part that the list embeds is no field of the entity. */
export const withoutEmbed = (embed: string | undefined, shown: Item): Item =>
  embed === undefined ? shown : Object.fromEntries(Object.entries(shown).filter(([field]) => field !== embed))

/** A state that cannot be read explains nothing; the comparison tells of it. */
const stateOf = (port: SweepParts["port"], source: string, entity: string, id: string): EntityState | null => {
  try {
    return port.state(source, entity, id)
  } catch (error) {
    if (port.rowFailure(error) === null) throw error
    return null
  }
}

/** Whether the state, before it takes up what the list shows, explains the stamp and what it tells of dependants. */
export const isExplainedBy = (
  { policy, port, source }: SweepParts,
  { depth, embed, root, rule }: Listed,
  id: string,
  stamp: EpochMillis,
  shown: Item
): boolean => {
  const known = stateOf(port, source, root.root, id)
  if (known === null || !policy.isExplained(stamp, known.updatedAt ?? Number.NaN, known.touchedAt ?? Number.NaN))
    return false
  const told = embed === undefined ? undefined : shown[embed]
  if (!isRecord(told)) return true
  const since = Math.min(...depth.toldSince.values())
  return !rule.tells!.signs.some(({ field }) =>
    tellsOfNews(parseTimestamp(told[field]) ?? Number.NaN, known.tells[field] ?? Number.NaN, since)
  )
}
