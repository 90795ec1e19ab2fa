/** An answer from the state beside the provider's own to the same request: whether it would have been right. Pure. */
import { canonicalJson } from "../domain/CanonicalJson.js"
import { isRecord } from "../domain/Json.js"
import { type EpochMillis, parseTimestamp } from "../domain/Time.js"
import { itemsIn } from "./Answer.js"
import type { Question } from "./Question.js"
import type { Fields } from "./state/Shape.js"

/**
 * `status`: an answer of another kind (refused, gone, out of order), of which nothing can be compared. `behind`: the provider has a change that the answer did not claim to have. `ahead`: the provider does not show yet
 * what a push has told. The others are wrong: a change that the answer claimed to have (`missing`, `older`), another
 * content under the same stamp, another order, other pages. From the best to the worst: of several the worst counts.
 */
export const outcomes = [
  "equal",
  "status",
  "ahead",
  "behind",
  "paging",
  "order",
  "content",
  "older",
  "missing"
] as const

export type Outcome = (typeof outcomes)[number]

const wrong: ReadonlySet<Outcome> = new Set(["missing", "older", "content", "order", "paging"])

export const isWrong = (outcome: Outcome): boolean => wrong.has(outcome)

export interface Compared {
  readonly outcome: Outcome
  /** For how long the provider had shown what the answer lacked. */
  readonly behindMs: number
}

export interface Shown {
  readonly status: number
  readonly body: unknown
  /** Whether it says that there is a further page. */
  readonly more: boolean
}

export interface ComparedFields {
  readonly idField: string
  readonly updatedAtField: string
}

export interface Comparing {
  /** Ids that were told for the sake of the poller's cursor: the provider's list has no reason to show them. */
  readonly late: ReadonlySet<string>
  /** Keys of embedded parts, and what it means where they differ: they have no stamp. */
  readonly embeds: ReadonlyArray<string>
  readonly partsOf: (mine: Fields, theirs: Fields) => Outcome
  /** The newest stamp that the state knows of an entity: a search shows what was, for some minutes. */
  readonly newestOf: ((id: string) => EpochMillis) | null
}

const equal: Compared = { outcome: "equal", behindMs: 0 }

export const compareAnswers = (
  question: Question,
  mine: Shown,
  theirs: Shown,
  fields: ComparedFields,
  asOf: EpochMillis,
  now: EpochMillis,
  { embeds, late, newestOf, partsOf }: Comparing
): Compared => {
  if (theirs.status !== mine.status) return { outcome: "status", behindMs: 0 }
  const listed = (body: unknown): ReadonlyArray<Fields> => itemsIn(question, body).filter(isRecord)
  const idOf = (item: Fields): string => String(item[fields.idField])
  const stampOf = (item: Fields): number => parseTimestamp(item[fields.updatedAtField]) ?? 0
  const own = listed(mine.body).filter((item) => !late.has(idOf(item)))
  const other = listed(theirs.body)
  const known = new Map(own.map((item) => [idOf(item), item]))
  let worst: Compared = equal
  const found = (outcome: Outcome, behindMs = 0): void => {
    if (rank(outcome) > rank(worst.outcome)) worst = { outcome, behindMs }
    else if (outcome === worst.outcome && behindMs > worst.behindMs) worst = { outcome, behindMs }
  }
  for (const item of other) {
    const mineOf = known.get(idOf(item))
    const stamp = stampOf(item)
    if (mineOf === undefined && newestOf !== null && newestOf(idOf(item)) > stamp) {
      found("ahead")
      continue
    }
    if (mineOf === undefined) {
      found(stamp > asOf ? "behind" : "missing", Math.max(0, now - stamp))
      continue
    }
    if (canonicalJson(without(mineOf, embeds)) === canonicalJson(without(item, embeds))) {
      if (embeds.length > 0) found(partsOf(mineOf, item))
      continue
    }
    const ours = stampOf(mineOf)
    if (ours < stamp) found(stamp > asOf ? "behind" : "older", Math.max(0, now - stamp))
    else found(ours > stamp ? "ahead" : "content")
  }
  if (worst.outcome !== "equal") return worst
  // Entities that only the state has left the list at the provider, at a moment that nothing tells.
  if (own.length !== other.length) return { outcome: "behind", behindMs: 0 }
  if (own.some((item, at) => idOf(item) !== idOf(other[at]!))) return { outcome: "order", behindMs: 0 }
  return mine.more === theirs.more ? equal : { outcome: "paging", behindMs: 0 }
}

const rank = (outcome: Outcome): number => outcomes.indexOf(outcome)

const without = (item: Fields, names: ReadonlyArray<string>): Fields =>
  names.length === 0 ? item : Object.fromEntries(Object.entries(item).filter(([name]) => !names.includes(name)))
