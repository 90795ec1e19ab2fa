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
  /** To be told to a poller whose time filter is past them. */
  private readonly wanted = new Set<string>()

  constructor(
    private readonly known: Known,
    private readonly inParts: InParts | null
  ) {}

  /** Ids of all, or of those that a list can show that is narrowed so. */
  of(since: EpochMillis | null, now: EpochMillis, embedded = noNames): ReadonlyArray<string> {
    const { partial, type } = this.known
    const without = since === null || embedded.length === 0 ? [] : this.changed(since, now, embedded)
    if (this.inParts === null) return without.length === 0 ? [...partial] : [...new Set([...partial, ...without])]
    const order = this.inParts.orders.unreadOf(since === null ? "recent" : "all", type.updatedAtField, now)
    const wanted = [...this.wanted].filter((id) => this.has(id))
    return [...new Set([...partial, ...wanted, ...order.from(since).map(({ id }) => id), ...without])]
  }

  has(id: string, embedded = noNames): boolean {
    const row = this.known.rows.get(id)
    if (this.known.partial.has(id)) return true
    return row !== undefined && (this.inParts?.needsRead(row) === true || this.lacks(row, embedded))
  }

  /** It joins the next answers, once it has been read. */
  want(id: string, embedded: ReadonlyArray<string>): void {
    for (const known of this.wanted) if (!this.has(known, embedded)) this.wanted.delete(known)
    this.wanted.add(id)
  }

  private changed(since: EpochMillis, now: EpochMillis, embedded: ReadonlyArray<string>): ReadonlyArray<string> {
    const { rows, type } = this.known
    const changed = this.known.ordered([type.updatedAtField, "moment"], "all", now)?.from(since) ?? []
    const wanted = [...this.wanted].flatMap((id) => rows.get(id) ?? [])
    return [...changed, ...wanted].flatMap((row) => (this.lacks(row, embedded) ? [row.id] : []))
  }

  private lacks(row: Row, embedded: ReadonlyArray<string>): boolean {
    return embedded.some((name) => this.known.embeddedIn(row, name) === null)
  }
}
