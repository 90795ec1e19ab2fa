/**
 * Until when an answer of the provider shows an entity as it is: news may tell of something that it does not show.
 * Where pushes carry all that has changed since, the answer is brought up to date by them. Pure.
 */
import { isRecord } from "../../domain/Json.js"
import { isCutText } from "../../domain/Shown.js"
import { type EpochMillis, parseTimestamp } from "../../domain/Time.js"
import { readableAfterMs } from "../../policy/index.js"
import type { FedEntity } from "../../receiver/index.js"
import { type EmbeddedRead, type OwnRead, parsed, type Row, type StateStamps, stampsOf } from "./Row.js"
import type { Fields } from "./Shape.js"

/** A write through the mirror. */
export interface Mark {
  readonly at: EpochMillis
  /** The stamp that the provider's answer gave it; `null` where it gave none. */
  readonly stamp: EpochMillis | null
}

/** Whether an answer shows what a write did. */
export const showsWrite = ({ readAt, stamp }: OwnRead, mark: Mark): boolean =>
  mark.stamp === null ? readAt > mark.at + readableAfterMs : readAt > mark.at && stamp >= mark.stamp

/**
 * Whether a push has told of something that the answer may not show. The stamp of a dependant is nearly its parent's:
 * an answer that came long enough behind its push shows it in any case.
 */
export const isOlder = (own: OwnRead, { pushedAt, stateStamp, touchedAt }: StateStamps): boolean =>
  own.stamp < stateStamp ||
  (pushedAt !== null && (pushedAt >= own.readAt || (own.stamp < touchedAt && own.readAt <= pushedAt + readableAfterMs)))

/** The answer that shows an entity beside a newer state of it; `null` where none does. */
export const readAfter = (known: Row, fed: FedEntity, updatedAtField: string): OwnRead | null => {
  const { own } = known
  if (own === null) return null
  if (!isChained(known, fed)) return own.carried || isOlder(own, stampsOf(fed)) ? null : own
  // The provider may have said since that it is gone.
  if (known.deleted || isOlder(own, known)) return null
  // The answer was a little faster than the push.
  if (fed.updatedAt! < own.stamp) return own
  const carried = withPushes(own, fed, updatedAtField)
  // Two changes of one second share a stamp: which of the two is the newer one is not known.
  const differs = carried === null || !isSameAnswer(carried, own)
  if (fed.updatedAt === own.stamp && !own.carried) return differs ? null : own
  return carried
}

export const isSameAnswer = (one: OwnRead, other: OwnRead): boolean =>
  one.list === other.list && one.item === other.item

/** Whether pushes have told of all that changed between the two, and carried it whole. */
const isChained = ({ version }: Row, { carriedSince, deleted, updatedAt }: FedEntity): boolean =>
  carriedSince !== null && carriedSince <= version && !deleted && updatedAt !== null

/** The answer with the fields that pushes carried since; `null` where a value cannot be shown as the answer would. */
const withPushes = (own: OwnRead, fed: FedEntity, updatedAtField: string): OwnRead | null => {
  const snapshot = parsed(fed.text)
  const names = fed.carried.filter((name) => Object.hasOwn(snapshot, name))
  if (names.some((name) => isCutText(snapshot, name))) return null
  const news = Object.fromEntries(names.map((name) => [name, snapshot[name]]))
  if (parseTimestamp(news[updatedAtField]) !== fed.updatedAt) return null
  const list = shownWith(own.list, news)
  const item = shownWith(own.item, news)
  if (list === undefined || item === undefined) return null
  return { stamp: fed.updatedAt!, readAt: own.readAt, carried: true, list, item, embedded: [] }
}

const shownWith = (shown: string | null, news: Fields): string | null | undefined => {
  if (shown === null) return null
  const fields = withNews(parsed(shown), news)
  return fields === undefined ? undefined : JSON.stringify(fields)
}

/** The keys of the answer stay, at each depth; `undefined` where a value is of another kind than the answer's. */
const withNews = (shown: Fields, news: Fields): Fields | undefined => {
  const fields: Record<string, unknown> = {}
  for (const [name, was] of Object.entries(shown)) {
    const value = Object.hasOwn(news, name) ? news[name] : was
    // A number that JSON cannot hold exactly is kept as text.
    if (typeof was === "number" && typeof value === "string") return undefined
    const merged = isRecord(was) && isRecord(value) ? withNews(was, value) : value
    if (merged === undefined) return undefined
    fields[name] = merged
  }
  return fields
}

/** An answer as it is kept, with what answers under the same stamp have shown before. */
export const readOf = (
  known: Row | undefined,
  shown: Fields,
  {
    as,
    embedded,
    markedAt,
    readAt,
    stamp
  }: {
    readonly stamp: EpochMillis
    readonly readAt: EpochMillis
    readonly as: "list" | "item"
    readonly embedded: ReadonlyArray<string>
    /** When it was written to, or found to differ: what was read before does not count. */
    readonly markedAt: EpochMillis | null
  }
): { readonly item: Fields; readonly own: OwnRead } => {
  const { item, parts } = partedFrom(shown, embedded, readAt)
  const last = known?.own ?? null
  const before =
    known !== undefined && last !== null && last.stamp === stamp && !last.carried && !isOlder(last, known) ? last : null
  const held = { list: before?.list ?? null, item: before?.item ?? null }
  const text = JSON.stringify(item)
  // Two changes of one second share a stamp: parts of before the second one do not fit.
  const fits = before !== null && (before[as] === null || before[as] === text)
  const kept = (fits ? before.embedded : []).filter(
    ({ name, readAt: at }) => !embedded.includes(name) && (markedAt === null || at > markedAt)
  )
  const own = { stamp, readAt, carried: false, ...held, [as]: text, embedded: [...kept, ...parts] }
  return { item, own }
}

/** An item without the parts of its own that an answer embeds, and these. */
const partedFrom = (
  shown: Fields,
  names: ReadonlyArray<string>,
  readAt: EpochMillis
): { readonly item: Fields; readonly parts: ReadonlyArray<EmbeddedRead> } => {
  const there = names.filter((name) => Object.hasOwn(shown, name))
  if (there.length === 0) return { item: shown, parts: [] }
  const item = Object.fromEntries(Object.entries(shown).filter(([name]) => !there.includes(name)))
  return { item, parts: there.map((name) => ({ name, text: JSON.stringify(shown[name]), readAt })) }
}
