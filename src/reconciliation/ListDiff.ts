/** Diffs a listed entity against its known state: stamps and content, for the policy to decide by. Pure. */
import type { EntityState } from "../domain/EntityState.js"
import { isRecord } from "../domain/Json.js"
import { fieldsThatDiffer, type Shower, same, shownBefore } from "../domain/Shown.js"
import { type EpochMillis, parseTimestamp } from "../domain/Time.js"
import { finding, findingByContent, findingByStamps, findingOfUnknown, hasMoved, isReadable } from "../policy/index.js"
import type { Item } from "../providers/clients.js"
import type { EntityType } from "../providers/index.js"

export interface Look {
  readonly type: EntityType | undefined
  readonly item: Item
  readonly updatedAt: EpochMillis | null
  readonly readAt: EpochMillis
  /** Sub-second time up to which this look is current; `null`: read too early to tell. */
  readonly shownTo: EpochMillis | null
  readonly shower: Shower
}

/** Since when the type is watched, and whether an entity met for the first time may be older than that. */
export interface Watched {
  readonly beganAt: EpochMillis
  /** A first sweep, or dependants of a parent: all of them are read when one has changed. */
  readonly meetsThePast: boolean
}

/** Fields that are computed or embedded, or that say nothing of a change of their own. */
const notCompared = new Set(["deleted", "stats", "requester", "company"])

/** A finding of the policy. */
export const findingOf = (look: Look, known: EntityState | null, { beganAt, meetsThePast }: Watched): number => {
  const { item, type } = look
  const stamp = look.updatedAt ?? Number.NaN
  if (known === null) {
    const createdAt = parseTimestamp(item[type?.createdAtField ?? "created_at"]) ?? Number.NaN
    return findingOfUnknown(stamp, createdAt, beganAt, meetsThePast)
  }
  const knownStamp = known.updatedAt ?? Number.NaN
  const shownTo = look.shownTo ?? Number.NaN
  const byStamps = findingByStamps(
    stamp,
    shownTo,
    item["deleted"] === true,
    knownStamp,
    known.deleted,
    isReadable(knownStamp, look.readAt)
  )
  if (byStamps !== finding.compare) return byStamps
  const changed = differs(look, known)
  return findingByContent(
    stamp,
    shownTo,
    knownStamp,
    known.occurredAt ?? Number.NaN,
    changed,
    changed || isComplete(look, known)
  )
}

/** Whether all that the list shows is in the state. */
const isComplete = ({ item }: Look, { snapshot }: EntityState): boolean =>
  Object.keys(item).every((field) => field in snapshot && same(item[field], snapshot[field]))

/** Whether the content tells of a change. */
const differs = ({ item, shower, type, updatedAt }: Look, known: EntityState): boolean => {
  const compared = (field: string) => field !== type?.updatedAtField && !notCompared.has(field)
  // A new field of a list may be the API's doing, and would be new for every entity.
  const before = { ...shownBefore(known.shownBy, shower), byThis: false }
  const differing = fieldsThatDiffer(known.snapshot, item, before).filter((field) =>
    compared(field.startsWith("custom_fields.") ? "custom_fields" : field)
  )
  if (differing.length > 0) return true
  // Fields that no push carries are new the first time they are seen; from then on they can differ.
  const unexplained =
    updatedAt !== null && hasMoved(updatedAt, known.updatedAt ?? Number.NaN) && updatedAt > (known.touchedAt ?? 0)
  return (
    unexplained && Object.keys(item).some((field) => compared(field) && showsMore(known.snapshot[field], item[field]))
  )
}

/**
 * A field that was not known, or a custom field of it: one that is set for the first time may not have been listed
 * before.
 */
const showsMore = (known: unknown, listed: unknown): boolean =>
  known === undefined ||
  (isRecord(known) && isRecord(listed) && Object.keys(listed).some((name) => !Object.hasOwn(known, name)))
