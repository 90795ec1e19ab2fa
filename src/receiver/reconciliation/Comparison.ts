/** A listed entity against the state that is known of it: its stamps and its content, for the policy to decide by. Pure. */
import { canonicalJson } from "../../domain/CanonicalJson.js"
import { isRecord } from "../../domain/Json.js"
import { fieldsThatDiffer, type Shower, shownBefore } from "../../domain/Shown.js"
import { type EpochMillis, parseTimestamp } from "../../domain/Time.js"
import { finding, findingByContent, findingByStamps, findingOfUnknown, hasMoved } from "../../policy/index.js"
import type { Item } from "../../providers/clients.js"
import type { EntityType } from "../../providers/index.js"
import type { EntityState } from "../inbox/Delivery.js"

export interface Look {
  readonly type: EntityType | undefined
  readonly item: Item
  readonly updatedAt: EpochMillis | null
  /** Up to which moment this shows what has its stamp; `null`: read too early to tell. */
  readonly shownTo: EpochMillis | null
  readonly shower: Shower
}

/** Since when the type is watched, and whether what is met for the first time may be older than that. */
export interface Watched {
  readonly beganAt: EpochMillis
  /** A first sweep, or dependants of a parent: all of them are read when one has changed. */
  readonly meetsThePast: boolean
}

/** Fields that are computed or embedded, or that say nothing of a change of their own. */
const notCompared = new Set(["deleted", "stats", "requester", "company"])

/** One of the policy's findings. */
export const findingOf = (look: Look, known: EntityState | null, { beganAt, meetsThePast }: Watched): number => {
  const { item, type } = look
  const stamp = look.updatedAt ?? Number.NaN
  if (known === null) {
    const createdAt = parseTimestamp(item[type?.createdAtField ?? "created_at"]) ?? Number.NaN
    return findingOfUnknown(stamp, createdAt, beganAt, meetsThePast)
  }
  const knownStamp = known.updatedAt ?? Number.NaN
  const shownTo = look.shownTo ?? Number.NaN
  const byStamps = findingByStamps(stamp, shownTo, item["deleted"] === true, knownStamp, known.deleted)
  if (byStamps !== finding.compare) return byStamps
  const complete = Object.keys(item).every(
    (field) => field in known.snapshot && canonicalJson(item[field]) === canonicalJson(known.snapshot[field])
  )
  return findingByContent(stamp, shownTo, knownStamp, known.occurredAt ?? Number.NaN, differs(look, known), complete)
}

/** Whether the content tells of a change. */
const differs = ({ item, shower, type, updatedAt }: Look, known: EntityState): boolean => {
  const compared = (field: string) => field !== type?.updatedAtField && !notCompared.has(field)
  // That a list has a field that it had not may be the API's doing, and would be so for every entity.
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

/** A field that was not known, or a custom field of it: one that is set for the first time may not have been listed before. */
const showsMore = (known: unknown, listed: unknown): boolean =>
  known === undefined ||
  (isRecord(known) && isRecord(listed) && Object.keys(listed).some((name) => !Object.hasOwn(known, name)))
