/** An entity as far as the mirror knows it. Rows are never changed: each change makes another one. */
import { isRecord } from "../../domain/Json.js"
import { type EpochMillis, isFinerThanMillis, parseTimestamp } from "../../domain/Time.js"
import type { EntityType, ListRule, OrderField } from "../../providers/index.js"
import type { FedEntity } from "../../receiver/index.js"
import type { Ordered, SortKey } from "./Order.js"
import type { Fields } from "./Shape.js"

/** A part that `include=` embeds, as JSON, and when it was asked for. */
export interface EmbeddedRead {
  readonly name: string
  readonly text: string
  readonly readAt: EpochMillis
}

/** An answer of the provider that showed the entity to someone who may see everything. */
export interface OwnRead {
  readonly stamp: EpochMillis
  /** Whether pushes have brought it up to date since. */
  readonly carried: boolean
  /** When it was asked for. */
  readonly readAt: EpochMillis
  /** As an item of a list, and asked for by itself; `null` where not shown so. */
  readonly list: string | null
  readonly item: string | null
  /** Parts of its own that answers under the same stamp have embedded. */
  readonly embedded: ReadonlyArray<EmbeddedRead>
}

export interface Row extends Ordered {
  readonly id: string
  /** Values to sort by, in the order of `orderFields`. */
  readonly keys: ReadonlyArray<SortKey | null>
  /** The newest stamp that is known of it. */
  readonly stamp: EpochMillis
  readonly createdAt: EpochMillis
  /** Of the account, where the type has parts; `null` where it is not known. */
  readonly part: number | string | null
  readonly deleted: boolean
  /** Not on the plain list. */
  readonly hidden: boolean
  /** The receiver's state that this is of; 0 where only an answer has shown it. */
  readonly version: number
  readonly stateStamp: EpochMillis
  /** The newest moment at which a dependant is known to have moved the stamp; 0 for none. */
  readonly touchedAt: EpochMillis
  readonly pushedAt: EpochMillis | null
  /** Tells snapshots apart. */
  readonly content: number
  readonly own: OwnRead | null
}

/** The fields that a list can be ordered by; its own order first, change time last. */
export const orderFields = (rule: ListRule | null, type: EntityType): ReadonlyArray<OrderField> => {
  const named = rule === null ? [] : [rule.order.by, ...(rule.ordering?.fields ?? [])]
  const fields = [...named, [type.updatedAtField, "moment"] as const, [type.createdAtField, "moment"] as const]
  return fields.filter(([field], at) => fields.findIndex(([other]) => other === field) === at)
}

const keyOf = (record: Fields, [field, kind]: OrderField): SortKey | null => {
  const value = record[field]
  // Of two moments within a millisecond it is not known here which is the later one.
  if (kind === "moment") return typeof value === "string" && isFinerThanMillis(value) ? null : parseTimestamp(value)
  if (kind === "text") return typeof value === "string" ? value : null
  return typeof value === "number" ? value : null
}

/** Rising by value for numbers; UUIDs by their text. */
const tieOf = (id: string): SortKey => (/^\d{1,15}$/.test(id) ? Number(id) : id)

export interface RowMaker {
  /** An item's value to sort by. */
  readonly keyed: (item: Fields, by: OrderField) => Ordered & { readonly key: SortKey | null }
  readonly fromState: (fed: FedEntity, own: OwnRead | null) => Row
  readonly fromRead: (id: string, item: Fields, own: OwnRead, state: Row | null) => Row
}

export const rowMaker = (rule: ListRule | null, type: EntityType): RowMaker => {
  const fields = orderFields(rule, type)
  const shown = (record: Fields, deleted: boolean) => ({
    keys: fields.map((field) => keyOf(record, field)),
    createdAt: parseTimestamp(record[type.createdAtField]) ?? 0,
    part: partOf(record, rule?.partBy ?? null),
    deleted,
    hidden: deleted || (rule?.hiddenBy ?? ["deleted"]).some((field) => record[field] === true)
  })
  return {
    keyed: (item, by) => ({ key: keyOf(item, by), tie: tieOf(String(item[type.idField])) }),
    fromState: (fed, own) => {
      const record = parsed(fed.text)
      const stamps = stampsOf(fed)
      return {
        ...shown(own === null ? record : { ...record, ...parsed(own.list ?? own.item) }, fed.deleted),
        id: fed.entityId,
        tie: tieOf(fed.entityId),
        stamp: Math.max(stamps.stateStamp, own?.stamp ?? 0),
        version: fed.version,
        ...stamps,
        content: hashOf(fed.text ?? ""),
        own
      }
    },
    fromRead: (id, item, own, state) => ({
      ...shown(item, false),
      id,
      tie: tieOf(id),
      stamp: own.stamp,
      version: state?.version ?? 0,
      stateStamp: state?.stateStamp ?? 0,
      touchedAt: state?.touchedAt ?? 0,
      pushedAt: state?.pushedAt ?? null,
      content: state?.content ?? 0,
      own
    })
  }
}

export type StateStamps = Pick<Row, "pushedAt" | "stateStamp" | "touchedAt">

export const stampsOf = ({ pushedAt, touchedAt, updatedAt }: FedEntity): StateStamps => ({
  stateStamp: updatedAt ?? 0,
  touchedAt: touchedAt ?? 0,
  pushedAt
})

export const parsed = (text: string | null): Fields => {
  if (text === null) return {}
  const value: unknown = JSON.parse(text)
  return isRecord(value) ? value : {}
}

/** FNV-1a: tells two texts apart in memory, and is no secret's fingerprint. */
const hashOf = (text: string): number => {
  let hash = 0x811c9dc5
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  return hash >>> 0
}

/** The part of the account that a field names. */
export const partOf = (item: Fields, field: string | null): Row["part"] => {
  const part = field === null ? null : item[field]
  return typeof part === "number" || typeof part === "string" ? part : null
}
