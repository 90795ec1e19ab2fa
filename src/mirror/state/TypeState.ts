/**
 * All known entities of one type of a source: by id, in the orders that its list has, and which of them are known in
 * part.
 */
import { dropOldest } from "../../domain/Bounded.js"
import { mayHoldLong } from "../../domain/ExactJson.js"
import { fieldsThatDiffer } from "../../domain/Shown.js"
import type { EpochMillis } from "../../domain/Time.js"
import { readableAfterMs } from "../../policy/index.js"
import type { EntityType, ListRule, OrderField } from "../../providers/index.js"
import type { FedEntity } from "../../receiver/index.js"
import { Arrivals } from "./Arrivals.js"
import { KeptReads } from "./KeptReads.js"
import { Lacking } from "./Lacking.js"
import type { Order } from "./Order.js"
import { isOlder, isSameAnswer, type Mark, readAfter, readOf, showsWrite } from "./OwnReads.js"
import { Parts } from "./Parts.js"
import { type OwnRead, orderFields, parsed, type Row, rowMaker } from "./Row.js"
import { type Reach, RowOrders } from "./RowOrders.js"
import { SeenOrder } from "./SeenOrder.js"
import { type Fields, Shape } from "./Shape.js"

const mostGone = 10_000

export class TypeState {
  readonly rows = new Map<string, Row>()
  readonly shapes: Readonly<Record<"list" | "item", Shape>>
  readonly arrivals = new Arrivals()
  /** Ids of rows that a push has told of in part, or that were written to, since they were last read whole. */
  readonly partial = new Set<string>()
  /** Written to through the mirror, or shown by the provider as newer than is known or as absent; by id. */
  readonly marks = new Map<string, Mark>()
  /** Read as gone, though the state never had them. */
  readonly gone = new Set<string>()
  /** Could not be read by reconciliation. */
  unread: ReadonlySet<string> = new Set()
  /** When the last whole sweep began; 0 before it. */
  completeAt = 0
  readonly lacking: Lacking
  readonly seenOrder: SeenOrder
  /** No whole list is trusted before a sweep that begins after this. */
  distrustedUntil = 0

  private readonly make: ReturnType<typeof rowMaker>
  private readonly orders: RowOrders
  /** Where reconciliation reads more than plain lists show, and not all of it. */
  private readonly parts: Parts | null
  private comparedAt = 0
  private readonly reads: KeptReads

  constructor(
    readonly rule: ListRule | null,
    readonly type: EntityType,
    readonly source: string,
    mostReadCharacters = 64 * 1024 * 1024,
    /** The receiver's own snapshot of an entity; `null` where it is not known. */
    private readonly stateOf: (id: string) => Fields | null = () => null
  ) {
    this.reads = new KeptReads(mostReadCharacters)
    const longNumbers = rule?.longNumbers === true
    this.shapes = { list: new Shape(longNumbers), item: new Shape(longNumbers) }
    this.make = rowMaker(rule, type)
    this.seenOrder = new SeenOrder(rule, this.make.keyed)
    this.parts = rule?.partBy == null ? null : new Parts(rule.partBy)
    const shown = (row: Row) => !row.hidden && this.parts?.isOutside(row) !== true
    const unread = (row: Row) => this.parts?.needsRead(row) === true
    this.orders = new RowOrders(
      this.rows,
      orderFields(rule, type),
      type.createdAtField,
      rule?.createdWithinDays ?? null,
      shown,
      this.parts === null ? null : unread
    )
    this.lacking = new Lacking(this, this.parts === null ? null : { needsRead: unread, orders: this.orders })
  }

  /** A row of the receiver's state. */
  takeState(fed: FedEntity): void {
    const known = this.rows.get(fed.entityId)
    const shown = known === undefined ? null : readAfter(known, fed, this.type.updatedAtField)
    const read = this.make.fromState(fed, shown)
    // The receiver has read other fields under the same stamp: an answer of before need not show them.
    const silent = this.rule?.movesSilently === true && known?.version !== 0 && known?.content !== read.content
    const same = shown?.carried === false && shown.stamp === fed.updatedAt
    const row = silent && same ? this.make.fromState(fed, null) : read
    this.put(row, known)
    if (row.own?.carried === true) this.keepRead(row.id, row.own)
    const news =
      known === undefined || known.stamp !== row.stamp || known.hidden !== row.hidden || this.differs(known, row)
    if (news) this.arrivals.add(fed.version, row.id)
  }

  private differs(known: Row, row: Row): boolean {
    if (row.own?.carried === true) return known.own === null || !isSameAnswer(known.own, row.own)
    return known.content !== row.content && known.content !== 0 && row.own === null
  }

  /**
   * The provider has shown an item to someone who may see everything. Whether it is news that the receiver's state does
   * not have.
   */
  takeRead(
    id: string,
    shown: Fields,
    stamp: number,
    readAt: number,
    as: "list" | "item",
    /** Names of the parts of its own that the answer embeds. */
    embedded: ReadonlyArray<string> = []
  ): boolean {
    // Its digits may be lost.
    if (this.rule?.longNumbers === true && mayHoldLong(shown)) return false
    const known = this.rows.get(id)
    const mark = this.marks.get(id)
    const { item, own } = readOf(known, shown, { stamp, readAt, as, embedded, markedAt: mark?.at ?? null })
    this.shapes[as].learn(item)
    if (as === "list" && this.parts?.learn(item) === true) this.orders.clear()
    // An answer may be older than what is known: a write is readable a moment later.
    if (known !== undefined && stamp < known.stamp) return false
    const isKnown =
      known !== undefined && known.stamp === stamp && (known.own?.[as] === own[as] || this.showsSame(known, item))
    const row = this.make.fromRead(id, item, own, known ?? null)
    const deleted = known?.deleted === true && stamp === known.stamp
    this.put(deleted ? { ...row, deleted, hidden: true } : row, known)
    if (!isKnown) this.arrivals.add(0, id)
    this.keepRead(id, own)
    if (mark !== undefined && showsWrite(own, mark)) this.marks.delete(id)
    return known === undefined || stamp > known.stamp
  }

  /** A change that was lost between two pushes shows under the stamp of the second one. */
  private showsSame(known: Row, item: Fields): boolean {
    if (!this.isWhole(known)) return false
    const own = this.currentRead(known)
    if (own?.carried === false) return true
    const shown = own === null ? this.stateOf(known.id) : parsed(own.list ?? own.item)
    return shown === null || fieldsThatDiffer(shown, item, { byThis: false, byOthers: true }).length === 0
  }

  /** The oldest answers are forgotten: what the state does not show whole is read again when it is asked for. */
  private keepRead(id: string, own: OwnRead): void {
    for (const oldest of this.reads.keep(id, own)) this.dropRead(oldest)
  }

  private dropRead(id: string): void {
    this.reads.forget(id)
    const row = this.rows.get(id)
    if (row !== undefined) this.put({ ...row, own: null }, row)
  }

  /** An entity is gone, by the provider's own answer. */
  takeDeletion(id: string, readAt: EpochMillis): void {
    const known = this.rows.get(id)
    // A new entity is readable a moment later.
    if (known?.pushedAt != null && readAt <= known.pushedAt + readableAfterMs) return
    if (known !== undefined) return this.put({ ...known, deleted: true, hidden: true }, known)
    const mark = this.marks.get(id)
    if (mark !== undefined && readAt <= mark.at + readableAfterMs) return
    this.marks.delete(id)
    this.partial.delete(id)
    this.gone.add(id)
    dropOldest(this.gone, mostGone)
  }

  mark(id: string, mark: Mark): void {
    this.marks.set(id, mark)
    const row = this.rows.get(id)
    if (row !== undefined) this.review(row)
    else this.partial.add(id)
  }

  /** The provider has shown a stamp. Whether it is newer than is known: then the entity is read before it is shown. */
  markNewer(id: string, mark: Mark & { readonly stamp: EpochMillis }): boolean {
    const known = this.rows.get(id)
    if (known === undefined || mark.stamp <= Math.max(known.stamp, this.marks.get(id)?.stamp ?? 0)) return false
    this.mark(id, mark)
    return true
  }

  /**
   * Whether reading it now can show it whole: what a write did to an entity of an unknown stamp shows a moment later.
   */
  canBeRead(id: string, now: EpochMillis): boolean {
    const mark = this.marks.get(id)
    return mark === undefined || mark.stamp !== null || now > mark.at + readableAfterMs
  }

  /** A sweep has ended: what was pushed well before it began has been compared with the provider's list. */
  takeSweep(completeAt: number): void {
    if (completeAt === this.completeAt) return
    this.completeAt = completeAt
    this.forgetCarried(completeAt - readableAfterMs)
    this.forgetEmbedded(completeAt)
    for (const [id, { at }] of this.marks) if (this.isCompared(at)) this.marks.delete(id)
    for (const id of [...this.partial]) {
      const row = this.rows.get(id)
      if (row !== undefined) this.review(row)
      else if (!this.marks.has(id)) this.partial.delete(id)
    }
  }

  /**
   * A change whose push was lost need not show in an answer that later pushes brought up to date. The sweep has seen
   * it, or such an answer is read again.
   */
  private forgetCarried(before: EpochMillis): void {
    for (const id of this.reads.carriedIds()) {
      const own = this.rows.get(id)?.own
      if (own?.carried === true && own.readAt < before) this.dropRead(id)
    }
  }

  /** A part may move without the entity's stamp: none is older than answers say that they are. */
  private forgetEmbedded(before: EpochMillis): void {
    for (const id of this.reads.embeddingIds()) {
      const row = this.rows.get(id)
      const embedded = row?.own?.embedded.filter(({ readAt }) => readAt >= before) ?? []
      if (row?.own == null || embedded.length === row.own.embedded.length) continue
      const own = { ...row.own, embedded }
      this.put({ ...row, own }, row)
      this.keepRead(id, own)
    }
  }

  /** A part of its own, as JSON; `null` where it is not known as it is. */
  embeddedIn(row: Row, name: string): string | null {
    const part = this.currentRead(row)?.embedded.find((one) => one.name === name)
    return part !== undefined && part.readAt >= this.completeAt ? part.text : null
  }

  /** Known ids were compared with all of the provider's: what only an answer of before had shown is gone. */
  takeComparison(comparedAt: EpochMillis): void {
    if (comparedAt === this.comparedAt) return
    this.comparedAt = comparedAt
    for (const row of [...this.rows.values()]) {
      if (row.own === null || row.own.readAt >= comparedAt - readableAfterMs) continue
      if (row.version === 0) this.drop(row)
      // Fields that move silently were read as well.
      else if (this.rule?.movesSilently === true && row.own.stamp <= row.stateStamp) {
        this.dropRead(row.id)
      }
    }
  }

  private drop(row: Row): void {
    this.orders.remove(row)
    this.rows.delete(row.id)
    this.partial.delete(row.id)
    this.reads.forget(row.id)
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
    if (this.parts !== null) return false
    if (row.version === 0 || row.stamp > row.stateStamp || this.unread.has(row.id)) return false
    return row.pushedAt === null || this.isCompared(row.pushedAt)
  }

  /** Whether what came at a moment has been compared with the provider's list since. */
  isCompared(at: EpochMillis): boolean {
    return at < this.completeAt - readableAfterMs
  }

  /** Whether plain lists leave it out, so that no poller is told of it. */
  isOutside(row: Row): boolean {
    return row.hidden || this.parts?.isOutside(row) === true
  }

  /** Rows in an order, rising and frozen; `null` where some have no value for it. */
  ordered(by: OrderField, reach: Reach, now: number): Order<Row> | null {
    const order = this.orders.of(reach, by[0], now)
    return order.whole ? order : null
  }

  private put(row: Row, known: Row | undefined): void {
    this.orders.replace(known, row)
    this.rows.set(row.id, row)
    this.review(row)
  }

  private review(row: Row): void {
    // Of a type in parts an entity is read once a list can show it.
    const whole = this.isWhole(row) || (this.parts !== null && !this.marks.has(row.id))
    if (row.hidden || whole) this.partial.delete(row.id)
    else this.partial.add(row.id)
  }
}
