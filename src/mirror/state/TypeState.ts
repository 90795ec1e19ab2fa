/** All known entities of one type of a source: by id, in the orders that its list has, and which of them are known in part. */

import { fieldsThatDiffer } from "../../domain/Shown.js"
import type { EpochMillis } from "../../domain/Time.js"
import { readableAfterMs } from "../../policy/index.js"
import type { EntityType, ListRule, OrderField } from "../../providers/index.js"
import type { FedEntity } from "../../receiver/index.js"
import { Arrivals } from "./Arrivals.js"
import { compareKeys, Order } from "./Order.js"
import { type OwnRead, orderFields, type Row, rowMaker } from "./Row.js"
import { type Fields, Shape } from "./Shape.js"

const dayMs = 86_400_000
/** An order by chance would have to stand so often. */
const enoughInOrder = 20

/** A view: rows of the plain list, in as many orders as were asked for. */
interface View {
  readonly has: (row: Row) => boolean
  readonly orders: Map<string, Order<Row>>
}

/** A write through the mirror. */
export interface Mark {
  readonly at: EpochMillis
  /** The stamp that the provider's answer gave it; `null` where it gave none. */
  readonly stamp: EpochMillis | null
}

export class TypeState {
  readonly rows = new Map<string, Row>()
  readonly shapes = { list: new Shape(), item: new Shape() }
  readonly arrivals = new Arrivals()
  /** Ids of rows that a push has told of in part, or that were written to, since they were last read whole. */
  readonly partial = new Set<string>()
  /** Written to through the mirror, by id. */
  readonly marks = new Map<string, Mark>()
  /** Could not be read by reconciliation. */
  unread: ReadonlySet<string> = new Set()
  /** When the last whole sweep began; 0 before it. */
  completeAt = 0
  /** Neighbours of answered lists that stood in the order that the rule assumes; never any more where two did not. */
  private inOrder = 0
  /** No whole list is trusted before a sweep that begins after this. */
  distrustedUntil = 0

  private readonly fields: ReadonlyArray<OrderField>
  private readonly make: ReturnType<typeof rowMaker>
  private readonly all: View = { has: (row) => !row.hidden, orders: new Map() }
  private readonly recent: View
  private recentFrom = 0
  private comparedAt = 0

  /** Sizes of the provider's answers that are kept, the oldest first. */
  private readonly reads = new Map<string, number>()
  private readCharacters = 0

  constructor(
    readonly rule: ListRule | null,
    readonly type: EntityType,
    readonly source: string,
    private readonly mostReadCharacters = 64 * 1024 * 1024,
    /** The receiver's own snapshot of an entity; `null` where it is not known. */
    private readonly stateOf: (id: string) => Fields | null = () => null
  ) {
    this.fields = orderFields(rule, type)
    this.make = rowMaker(rule, type)
    this.recent = { has: (row) => !row.hidden && row.createdAt > this.recentFrom, orders: new Map() }
  }

  /** A row of the receiver's state. */
  takeState(fed: FedEntity): void {
    const known = this.rows.get(fed.entityId)
    const own = known === undefined ? null : keptRead(known, fed)
    const row = this.make.fromState(fed, own)
    this.put(row, known)
    const news =
      known === undefined || known.stamp !== row.stamp || known.hidden !== row.hidden || this.differs(known, row)
    if (news) this.arrivals.add(fed.version, row.id)
  }

  private differs(known: Row, row: Row): boolean {
    return known.content !== row.content && known.content !== 0 && row.own === null
  }

  /** The provider has shown an item to someone who may see everything. */
  takeRead(id: string, item: Fields, stamp: number, readAt: number, as: "list" | "item"): void {
    this.shapes[as].learn(item)
    const known = this.rows.get(id)
    // An answer may be older than what is known: a write is readable a moment later.
    if (known !== undefined && stamp < known.stamp) return
    const before = known?.own?.stamp === stamp && !isOlder(known.own, known) ? known.own : null
    const text = JSON.stringify(item)
    const isKnown =
      known !== undefined && known.stamp === stamp && (known.own?.[as] === text || this.showsSame(known, item))
    const own: OwnRead = { stamp, readAt, list: before?.list ?? null, item: before?.item ?? null, [as]: text }
    const row = this.make.fromRead(id, item, own, known ?? null)
    const deleted = known?.deleted === true && stamp === known.stamp
    this.put(deleted ? { ...row, deleted, hidden: true } : row, known)
    if (!isKnown) this.arrivals.add(0, id)
    this.keepRead(id, own)
    const mark = this.marks.get(id)
    if (mark !== undefined && showsWrite(own, mark)) this.marks.delete(id)
  }

  /** A change that was lost between two pushes shows under the stamp of the second one. */
  private showsSame(known: Row, item: Fields): boolean {
    if (!this.isWhole(known)) return false
    if (this.currentRead(known) !== null) return true
    const state = this.stateOf(known.id)
    return state === null || fieldsThatDiffer(state, item, { byThis: false, byOthers: true }).length === 0
  }

  /** The oldest answers are forgotten: what the state does not show whole is read again when it is asked for. */
  private keepRead(id: string, { item, list }: OwnRead): void {
    this.forgetSize(id)
    const size = (item?.length ?? 0) + (list?.length ?? 0)
    this.reads.set(id, size)
    this.readCharacters += size
    for (const oldest of this.reads.keys()) {
      if (this.readCharacters <= this.mostReadCharacters) return
      this.forgetSize(oldest)
      const row = this.rows.get(oldest)
      if (row !== undefined) this.put({ ...row, own: null }, row)
    }
  }

  private forgetSize(id: string): void {
    this.readCharacters -= this.reads.get(id) ?? 0
    this.reads.delete(id)
  }

  /** A list of the provider's, in its own order. */
  takeOrder(items: ReadonlyArray<Fields>): void {
    const { order } = this.rule ?? {}
    if (order === undefined || Number.isNaN(this.inOrder)) return
    const rows = items.map((item) => this.make.keyed(item, order.by))
    const sign = order.direction === "asc" ? 1 : -1
    for (let at = 1; at < rows.length; at++) {
      const [a, b] = [rows[at - 1]!, rows[at]!]
      // In which order equal ones stand is assumed for all lists.
      const inOrder = a.key !== null && b.key !== null && (a.key === b.key || compareKeys(a, b) * sign < 0)
      if (!inOrder) {
        this.inOrder = Number.NaN
        return
      }
    }
    this.inOrder += Math.max(0, items.length - 1)
  }

  /** Of how many entities a list's order is known: what is documented or was seen often enough, or was never refuted. */
  get ordersUpTo(): number | "page" {
    if (Number.isNaN(this.inOrder)) return 1
    return this.rule?.orderKnown === true || this.inOrder >= enoughInOrder ? Number.POSITIVE_INFINITY : "page"
  }

  /** An entity is gone, by the provider's own answer. */
  takeDeletion(id: string, readAt: EpochMillis): void {
    const known = this.rows.get(id)
    if (known !== undefined) return this.put({ ...known, deleted: true, hidden: true }, known)
    // A new entity is readable a moment later.
    const mark = this.marks.get(id)
    if (mark !== undefined && readAt <= mark.at + readableAfterMs) return
    this.marks.delete(id)
    this.partial.delete(id)
  }

  mark(id: string, mark: Mark): void {
    this.marks.set(id, mark)
    const row = this.rows.get(id)
    if (row !== undefined) this.review(row)
    else this.partial.add(id)
  }

  /** Whether reading it now can show it whole: what a write did to an entity of an unknown stamp shows a moment later. */
  canBeRead(id: string, now: EpochMillis): boolean {
    const mark = this.marks.get(id)
    return mark === undefined || mark.stamp !== null || now > mark.at + readableAfterMs
  }

  /** A sweep has ended: what was pushed well before it began has been compared with the provider's list. */
  takeSweep(completeAt: number): void {
    if (completeAt === this.completeAt) return
    this.completeAt = completeAt
    for (const [id, { at }] of this.marks) if (at < completeAt - readableAfterMs) this.marks.delete(id)
    for (const id of [...this.partial]) {
      const row = this.rows.get(id)
      if (row !== undefined) this.review(row)
      else if (!this.marks.has(id)) this.partial.delete(id)
    }
  }

  /** Known ids were compared with all of the provider's: what only an answer of before had shown is gone. */
  takeComparison(comparedAt: EpochMillis): void {
    if (comparedAt === this.comparedAt) return
    this.comparedAt = comparedAt
    for (const row of [...this.rows.values()])
      if (row.version === 0 && row.own !== null && row.own.readAt < comparedAt - readableAfterMs) this.drop(row)
  }

  private drop(row: Row): void {
    for (const view of [this.all, this.recent])
      if (view.has(row)) for (const order of view.orders.values()) order.remove(row)
    this.rows.delete(row.id)
    this.partial.delete(row.id)
    this.forgetSize(row.id)
  }

  isWhole(row: Row): boolean {
    const own = this.currentRead(row)
    const mark = this.marks.get(row.id)
    if (own !== null) return mark === undefined || showsWrite(own, mark)
    return mark === undefined && this.isStateWhole(row)
  }

  /** The provider's answer that shows the entity as it is. */
  currentRead(row: Row): OwnRead | null {
    return row.own === null || isOlder(row.own, row) ? null : row.own
  }

  /** Whether the receiver's own state shows the entity as it is. */
  isStateWhole(row: Row): boolean {
    if (row.version === 0 || row.stamp > row.stateStamp || this.unread.has(row.id)) return false
    return row.pushedAt === null || row.pushedAt < this.completeAt - readableAfterMs
  }

  /** Rows in an order, rising and frozen; `null` where some have no value for it. */
  ordered(by: OrderField, view: "all" | "recent", now: number): Order<Row> | null {
    if (view === "recent") this.forgetOld(now)
    const order = this.orderOf(view === "all" ? this.all : this.recent, by[0])
    return order.whole ? order : null
  }

  private orderOf(view: View, field: string): Order<Row> {
    const known = view.orders.get(field)
    if (known !== undefined) return known
    const at = this.fields.findIndex(([name]) => name === field)
    const made = new Order<Row>((row) => row.keys[at]!)
    made.fill([...this.rows.values()].filter(view.has))
    view.orders.set(field, made)
    return made
  }

  /** Takes rows off the recent view that were created too long ago. */
  private forgetOld(now: number): void {
    const days = this.rule?.createdWithinDays
    if (days == null) return
    const from = now - days * dayMs
    const created = this.orderOf(this.recent, this.type.createdAtField)
    for (const row of created.below(from + 1)) for (const order of this.recent.orders.values()) order.remove(row)
    this.recentFrom = from
  }

  private put(row: Row, known: Row | undefined): void {
    for (const view of [this.all, this.recent]) {
      for (const order of view.orders.values()) {
        if (known !== undefined && view.has(known)) order.remove(known)
        if (view.has(row)) order.add(row)
      }
    }
    this.rows.set(row.id, row)
    this.review(row)
  }

  private review(row: Row): void {
    if (row.hidden || this.isWhole(row)) this.partial.delete(row.id)
    else this.partial.add(row.id)
  }
}

/** Whether an answer shows what a write did. */
const showsWrite = ({ readAt, stamp }: OwnRead, mark: Mark): boolean =>
  mark.stamp === null ? readAt > mark.at + readableAfterMs : readAt > mark.at && stamp >= mark.stamp

/**
 * Whether a push has told of something that the answer may not show. The stamp of a dependant is nearly its parent's: an
 * answer that came long enough behind its push shows it in any case.
 */
const isOlder = (own: OwnRead, { pushedAt, stateStamp, touchedAt }: StateStamps): boolean =>
  own.stamp < stateStamp ||
  (pushedAt !== null && (pushedAt >= own.readAt || (own.stamp < touchedAt && own.readAt <= pushedAt + readableAfterMs)))

type StateStamps = Pick<Row, "pushedAt" | "stateStamp" | "touchedAt">

/** The answer that stays valid beside a newer state. */
const keptRead = (known: Row, fed: FedEntity): OwnRead | null => {
  const { own } = known
  if (own === null) return null
  const stamps = { stateStamp: fed.updatedAt ?? 0, touchedAt: fed.touchedAt ?? 0, pushedAt: fed.pushedAt }
  return isOlder(own, stamps) ? null : own
}
