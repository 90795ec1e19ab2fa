/** Which entities of a type have to be read before a list can be answered. */
import type { EpochMillis } from "../../domain/Time.js"
import type { EntityType, OrderField } from "../../providers/index.js"
import type { Order } from "./Order.js"
import type { Row } from "./Row.js"
import type { Reach, RowOrders } from "./RowOrders.js"

/** The rows of a type, and what of them is known in part. */
interface Known {
  readonly type: Pick<EntityType, "updatedAtField">
  readonly rows: ReadonlyMap<string, Row>
  readonly partial: ReadonlySet<string>
  readonly ordered: (by: OrderField, reach: Reach, now: EpochMillis) => Pick<Order<Row>, "from"> | null
  readonly embeddedIn: (row: Row, name: string) => string | null
}

/** Where plain lists show one part of the account: the rows of which it is not known how they show them. */
interface InParts {
  readonly needsRead: (row: Row) => boolean
  readonly orders: Pick<RowOrders, "unreadOf">
}

const noNames: ReadonlyArray<string> = []

/** `embedded`: names of the parts of their own that the list shows. */
export class Lacking {
  /** To be told to a poller whose time filter is past them, with the parts that its list shows; by id. */
  private readonly wantedFor = new Map<string, ReadonlyArray<string>>()

  constructor(
    private readonly known: Known,
    private readonly inParts: InParts | null
  ) {}

  /** Ids of all, or of those that a list can show that is narrowed so. */
  of(since: EpochMillis | null, now: EpochMillis, embedded = noNames): ReadonlyArray<string> {
    const { partial, type } = this.known
    const without = since === null || embedded.length === 0 ? noNames : this.changed(since, now, embedded)
    const wanted = this.wanted()
    if (this.inParts === null) return [...new Set([...partial, ...wanted, ...without])]
    const order = this.inParts.orders.unreadOf(since === null ? "recent" : "all", type.updatedAtField, now)
    return [...new Set([...partial, ...wanted, ...order.from(since).map(({ id }) => id), ...without])]
  }

  has(id: string, embedded = noNames): boolean {
    const row = this.known.rows.get(id)
    if (this.known.partial.has(id)) return true
    return row !== undefined && (this.inParts?.needsRead(row) === true || this.lacks(row, embedded))
  }

  /** It joins the next answers, once it has been read. */
  want(id: string, embedded: ReadonlyArray<string>): void {
    this.wantedFor.set(id, [...new Set([...(this.wantedFor.get(id) ?? noNames), ...embedded])])
  }

  /** Those that are still to be read: one that lists show no more is told to nobody. */
  wanted(): ReadonlyArray<string> {
    for (const [id, names] of this.wantedFor) {
      const row = this.known.rows.get(id)
      if (row === undefined || row.hidden || !this.has(id, names)) this.wantedFor.delete(id)
    }
    return [...this.wantedFor.keys()]
  }

  private changed(since: EpochMillis, now: EpochMillis, embedded: ReadonlyArray<string>): ReadonlyArray<string> {
    const changed = this.known.ordered([this.known.type.updatedAtField, "moment"], "all", now)?.from(since) ?? []
    return changed.flatMap((row) => (this.lacks(row, embedded) ? [row.id] : []))
  }

  private lacks(row: Row, embedded: ReadonlyArray<string>): boolean {
    return embedded.some((name) => this.known.embeddedIn(row, name) === null)
  }
}
