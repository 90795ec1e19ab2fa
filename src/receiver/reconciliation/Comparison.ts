/** What a listed entity is to the state that is known of it: the past, news, or nothing. Pure. */
import { canonicalJson } from "../../domain/CanonicalJson.js"
import { fieldsThatDiffer, type Shower, shownBefore } from "../../domain/Shown.js"
import { type EpochMillis, parseTimestamp } from "../../domain/Time.js"
import type { Item } from "../../providers/clients.js"
import type { EntityType } from "../../providers/index.js"
import type { EntityState } from "../inbox/Delivery.js"

export type Finding =
  | "nothing"
  /** The past: taken up without an event. */
  | "fill"
  | "create"
  | "update"
  /** Its stamp moved, or fields came that were not known: written down without an event. */
  | "refresh"

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

const findingOfUnknown = ({ item, type, updatedAt }: Look, { beganAt, meetsThePast }: Watched): Finding => {
  const createdAt = parseTimestamp(item[type?.createdAtField ?? "created_at"])
  const moment = updatedAt ?? createdAt
  // Of what has no stamp at all the first sweep is the beginning; 0 is the beginning of time.
  const past = moment === null ? beganAt > 0 : moment < beganAt
  if (meetsThePast && past) return "fill"
  return createdAt !== null && createdAt < beganAt ? "update" : "create"
}

export const findingOf = (look: Look, known: EntityState | null, watched: Watched): Finding => {
  const { item, shower, shownTo, type, updatedAt } = look
  if (known === null) return findingOfUnknown(look, watched)
  if (updatedAt !== null && known.updatedAt !== null && updatedAt < known.updatedAt) return "nothing"
  const moved = updatedAt !== null && (known.updatedAt === null || updatedAt > known.updatedAt)
  // It was taken for gone, and a list shows it: it is back, unless the list is older than that.
  if (known.deleted && !moved) return shownTo !== null && item["deleted"] !== true ? "update" : "nothing"
  const compared = (field: string) => field !== type?.updatedAtField && !notCompared.has(field)
  // That a list has a field that it had not may be the API's doing, and would be so for every entity.
  const before = { ...shownBefore(known.shownBy, shower), byThis: false }
  const differing = fieldsThatDiffer(known.snapshot, item, before).filter((field) =>
    compared(field.startsWith("custom_fields.") ? "custom_fields" : field)
  )
  // Fields that no push carries are new the first time they are seen; from then on they can differ.
  const unexplained = moved && updatedAt > (known.touchedAt ?? 0)
  if (
    differing.length > 0 ||
    (unexplained && Object.keys(item).some((field) => !(field in known.snapshot) && compared(field)))
  )
    return "update"
  const told = Object.keys(item).every(
    (field) => field in known.snapshot && canonicalJson(item[field]) === canonicalJson(known.snapshot[field])
  )
  // That a whole second was read is noted once: what is pushed of it from now on is late.
  return told && !moved && (shownTo === null || known.occurredAt !== null) ? "nothing" : "refresh"
}
