/** Lists from the state: which rows, in which order, of which moment. */
import type { EpochMillis } from "../../domain/Time.js"
import { ownPartsOf } from "../../providers/index.js"
import type { ListQuestion, Reason } from "../Question.js"
import type { Bodies } from "../state/Bodies.js"
import type { EmbedReason, Embeds } from "../state/Embeds.js"
import type { Row } from "../state/Row.js"
import type { State } from "../state/State.js"
import type { TypeState } from "../state/TypeState.js"
import type { Cursors } from "./Cursors.js"
import type { QuietLists } from "./QuietLists.js"
import { placesOf, rowAt, sizeOf, type Walk, type Walks } from "./Walks.js"
import type { WholeReaders } from "./WholeReaders.js"

export interface ListAnswer {
  readonly body: Buffer
  /** Of the whole list. */
  readonly items: number
  /** Up to which moment the answer shows all changes. */
  readonly asOf: EpochMillis
  /** The same of deletions, which may show later. */
  readonly wholeAsOf: EpochMillis
  /** The number of the next page; `null` behind the last one. */
  readonly next: number | null
  /** Ids that are told for the sake of the poller's cursor: the provider's list has no reason to show them. */
  readonly late: ReadonlySet<string>
  /** It is served: its later pages are of its moment, and its poller has been told what it shows. */
  readonly keep: () => void
}

/**
 * The bodies of so many rows are made when a walk begins, so that no later page fails: it would go through, and what
 * has moved between the two lists would be lost to the client. Longer lists of changes go through from the first page
 * on.
 */
const mostChanged = 2_000

export interface ListAnswering {
  readonly state: State
  readonly bodies: Bodies
  readonly embeds: Embeds
  readonly walks: Walks
  readonly cursors: Cursors
  readonly quiet: QuietLists
  /** Integrations that compare a whole page with what they know, and do not stop at the first known item. */
  readonly readsWholePages: (integration: string) => boolean
  /** Those who were seen to read each list to its end. */
  readonly wholeReaders: WholeReaders
}

/** The rest of a list's body around its items. */
export interface Around {
  /** Whether the pages of a list of so many items can be made. */
  readonly knows: (items: number) => boolean
  /** The body; `null` where it is not known. */
  readonly body: (list: string, items: number) => string | null
  /** Tells apart what pages of the same items have around them. */
  readonly name: string
}

export interface Asker {
  readonly fingerprint: string
  readonly integration: string
}

export const walkKey = ({ fingerprint }: Asker, { source, walk }: ListQuestion): string =>
  `${fingerprint} ${source} ${walk}`

export const pollerKey = ({ fingerprint }: Asker, { entity, poller, source }: ListQuestion): string =>
  `${source}\t${entity}\t${fingerprint} ${poller}`

/** The answer, or why there is none. */
export const answerList = (
  parts: ListAnswering,
  question: ListQuestion,
  asker: Asker,
  around: Around,
  now: EpochMillis
): ListAnswer | Reason => {
  const type = parts.state.of(question.source, question.entity)
  if (type === null) return "endpoint"
  const key = walkKey(asker, question)
  if (question.page > 1) {
    const walk = parts.walks.of(key, now)
    return walk === null ? "walk" : shown(parts, question, type, walk, noneLate, around)
  }
  const begun = begin(parts, question, asker, type, now)
  if (typeof begun === "string") return begun
  const unknown = aroundUnknown(question, begun.walk, around)
  if (unknown !== null) return unknown
  const answer = shown(parts, question, type, begun.walk, begun.late, around)
  if (typeof answer === "string") return answer
  const keep = (): void => {
    parts.walks.begin(key, begun.walk)
    if (question.since !== null) parts.cursors.answer(pollerKey(asker, question), question.since, begun.end)
  }
  return { ...answer, keep }
}

/** A walk that begins has to come to its end. */
const aroundUnknown = ({ pageCeiling, perPage, rule }: ListQuestion, walk: Walk, around: Around): Reason | null => {
  if (rule.pagesInBody === null && !rule.learnsLinks) return null
  if (sizeOf(walk) > pageCeiling * perPage) return "pages"
  return around.knows(sizeOf(walk)) ? null : "shape"
}

const begin = (
  parts: ListAnswering,
  question: ListQuestion,
  asker: Asker,
  type: TypeState,
  now: EpochMillis
): { readonly walk: Walk; readonly end: number; readonly late: ReadonlySet<string> } | Reason => {
  const { embeds, entity, order, perPage, rule, since, source } = question
  const own = parts.state.asOf(source, entity, now)
  const asOf = typeof own === "string" ? own : parts.embeds.asOf(source, embeds, own, now)
  if (typeof asOf === "string") return asOf
  const embedded = ownPartsOf(embeds)
  if (type.lacking.of(since, now, embedded).length > 0) return "incomplete"
  if (type.unread.size > 0) return "incomplete"
  const end = type.arrivals.end
  const wholeAsOf = parts.state.deletedAsOf(source, entity, asOf)
  const base = { direction: question.direction, asOf, wholeAsOf, begunAt: now }
  if (since === null) {
    const reads = parts.readsWholePages(asker.integration) || parts.wholeReaders.reads(walkKey(asker, question))
    const stops = isNewestFirst(question) && !reads
    if (stops && !parts.quiet.isQuiet(pollerKey(asker, question), type.arrivals)) return "newest-first"
    const ordered = type.ordered(order, rule.createdWithinDays === null ? "all" : "recent", now)
    if (ordered === null) return "order"
    const rows = ordered.freeze()
    const walk = { ...base, rows, from: 0, to: rows.length, texts: null }
    if (!isInOrder(type, walk, perPage) || (rule.ties === "unknown" && !ordered.distinct)) return "order"
    if (embeds.length === 0) return { walk, end, late: noneLate }
    // Parts move without their entities: pages with them are not kept beyond a walk.
    const texts = sizeOf(walk) > mostChanged ? "pages" : textsOf(parts, question, type, walk)
    return typeof texts === "string" ? texts : { walk: { ...walk, texts }, end, late: noneLate }
  }
  if (since < parts.state.reachOf(source, entity)) return "reach"
  const late = lateRows(parts, question, asker, type)
  const unread = late.filter(({ id }) => type.lacking.has(id, embedded))
  for (const { id } of unread) type.lacking.want(id, embedded)
  if (unread.length > 0) return "incomplete"
  const changed = changedSince(question, type, late, now)
  if (typeof changed === "string") return changed
  const walk = { ...base, rows: changed, from: 0, to: changed.length, texts: null }
  if (!isInOrder(type, walk, perPage)) return "order"
  const texts = textsOf(parts, question, type, walk)
  if (typeof texts === "string") return texts
  return { walk: { ...walk, texts }, end, late: new Set(late.map(({ id }) => id)) }
}

/** The texts of all rows of a walk, with their parts. */
const textsOf = (
  parts: ListAnswering,
  question: ListQuestion,
  type: TypeState,
  walk: Walk
): ReadonlyArray<string> | Reason => {
  const texts: Array<string> = []
  for (let place = 0; place < sizeOf(walk); place++) {
    const text = listedText(parts, question, type, rowAt(walk, place))
    if (typeof text !== "string") return text.reason
    texts.push(text)
  }
  return texts
}

/** A row as the list that is asked for shows it, with its parts; or why that is not known. */
export const listedText = (
  { bodies, embeds }: Pick<ListAnswering, "bodies" | "embeds">,
  question: ListQuestion,
  type: TypeState,
  row: Row
): string | EmbedReason => {
  const { entity, source } = question
  const text = bodies.of(source, entity, type, row, "list")
  return text === null ? { reason: "shape", entity } : embeds.putIn(source, question.embeds, text, row)
}

const noneLate: ReadonlySet<string> = new Set()

/** Whether the provider's order of so many is known, as far as an answer shows it. */
const isInOrder = ({ seenOrder: { upTo } }: TypeState, walk: Walk, perPage: number): boolean =>
  sizeOf(walk) <= (upTo === "page" ? perPage : upTo)

/** A client that reads down to what it knows passes by what comes late. */
export const isNewestFirst = ({
  direction,
  order: [, kind],
  since
}: Pick<ListQuestion, "direction" | "order" | "since">): boolean =>
  since === null && direction === -1 && (kind === "moment" || kind === "serial")

/** Rows that changed since then, with those that came late for this poller, in the order asked for. */
const changedSince = (
  question: ListQuestion,
  type: TypeState,
  late: ReadonlyArray<Row>,
  now: EpochMillis
): ReadonlyArray<Row> | Reason => {
  const { order, rule } = question
  const since = question.since!
  const byChange = type.ordered([type.type.updatedAtField, "moment"], "all", now)
  const wanted = type.ordered(order, "all", now)
  if (byChange === null || wanted === null) return "order"
  const from = byChange.firstFrom(since)
  if (byChange.size - from > mostChanged) return "pages"
  const rows = [...byChange.freeze().slice(from), ...late].sort((a, b) => wanted.compare(a, b))
  return rule.ties === "unknown" && wanted.hasTies(rows) ? "order" : rows
}

/**
 * Rows that arrived below the poller's cursor since it was last answered; an answer that went through lacks them too.
 */
export const lateRows = (
  { cursors }: Pick<ListAnswering, "cursors">,
  question: ListQuestion,
  asker: Asker,
  type: TypeState
): ReadonlyArray<Row> => {
  const since = question.since!
  const { arrivals } = type
  const from = cursors.newsFrom(pollerKey(asker, question), since, arrivals.end, (version) => arrivals.behind(version))
  const late = new Map<string, Row>()
  for (const id of arrivals.since(from) ?? []) {
    const row = type.rows.get(id)
    if (row !== undefined && !type.isOutside(row) && row.stamp < since) late.set(id, row)
  }
  return [...late.values()]
}

/** Pages that are kept of one order. */
const mostMade = 32

const shown = (
  { bodies, walks }: ListAnswering,
  question: ListQuestion,
  type: TypeState,
  walk: Walk,
  late: ReadonlySet<string>,
  around: Around
): ListAnswer | Reason => {
  const { direction, page, perPage, rule } = question
  // Behind the last page an answer may look in any way.
  if (rule.learnsLinks && page > 1 && sizeOf(walk) <= (page - 1) * perPage) return "walk"
  const more = sizeOf(walk) > page * perPage
  const answer = (body: Buffer): ListAnswer => ({
    body,
    items: sizeOf(walk),
    asOf: walk.asOf,
    wholeAsOf: walk.wholeAsOf,
    late,
    next: more && page < question.pageCeiling ? page + 1 : null,
    keep: () => undefined
  })
  const made = walk.texts === null ? walks.pagesOf(walk.rows) : null
  const name = `${type.shapes.list.version} ${direction} ${perPage} ${page} ${around.name}`
  const known = made?.get(name)
  if (known !== undefined) return answer(known)
  const list = pageText(bodies, question, type, walk)
  const text = list === null ? null : around.body(list, sizeOf(walk))
  if (text === null) return page === 1 ? "shape" : "walk"
  const body = Buffer.from(text, "utf8")
  if (made !== null && made.size < mostMade) made.set(name, body)
  return answer(body)
}

/** The page's items as JSON; `null` where one of its rows cannot be shown. */
const pageText = (bodies: Bodies, question: ListQuestion, type: TypeState, walk: Walk): string | null => {
  const { entity, page, perPage, source } = question
  const texts: Array<string> = []
  const { from, to } = placesOf(walk, page, perPage)
  for (let place = from; place < to; place++) {
    const text = walk.texts?.[place] ?? bodies.of(source, entity, type, rowAt(walk, place), "list")
    if (text === null) return null
    texts.push(text)
  }
  return `[${texts.join(",")}]`
}
