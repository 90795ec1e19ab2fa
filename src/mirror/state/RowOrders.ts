/**
 * The rows of a type in the orders that its lists have: each is made when it is first asked for, and kept up to date.
 */
import type { EpochMillis } from "../../domain/Time.js"
import type { OrderField } from "../../providers/index.js"
import { Order } from "./Order.js"
import type { Row } from "./Row.js"

/** All rows, or those created so lately that a list without a time filter shows them. */
export type Reach = "all" | "recent"

interface View {
  readonly reach: Reach
  readonly has: (row: Row) => boolean
  readonly orders: Map<string, Order<Row>>
}

const dayMs = 86_400_000

export class RowOrders {
  private readonly shown: Readonly<Record<Reach, View>>
  private readonly unread: Readonly<Record<Reach, View>>
  private recentFrom = 0

  /** `isUnread`: rows that plain lists may show, and that are to be read first; `null` where there are none. */
  constructor(
    private readonly rows: ReadonlyMap<string, Row>,
    private readonly fields: ReadonlyArray<OrderField>,
    private readonly createdAtField: string,
    /** Plain lists show rows created within so many days; `null`: all. */
    private readonly days: number | null,
    isShown: (row: Row) => boolean,
    private readonly isUnread: ((row: Row) => boolean) | null
  ) {
    const isRecent = (row: Row): boolean => row.createdAt > this.recentFrom
    const both = (has: View["has"]): Readonly<Record<Reach, View>> => ({
      all: { reach: "all", has, orders: new Map() },
      recent: { reach: "recent", has: (row) => has(row) && isRecent(row), orders: new Map() }
    })
    this.shown = both(isShown)
    this.unread = both(isUnread ?? (() => false))
  }

  /** Rows of the plain list, rising. */
  of(reach: Reach, field: string, now: EpochMillis): Order<Row> {
    if (reach === "recent") this.forgetOld(now)
    return this.orderOf(this.shown[reach], field)
  }

  /** Rows that are to be read before a list can show them, rising. */
  unreadOf(reach: Reach, field: string, now: EpochMillis): Order<Row> {
    if (reach === "recent") this.forgetOld(now)
    return this.orderOf(this.unread[reach], field)
  }

  replace(known: Row | undefined, row: Row): void {
    for (const { has, orders } of this.views) {
      for (const order of orders.values()) {
        if (known !== undefined && has(known)) order.remove(known)
        if (has(row)) order.add(row)
      }
    }
  }

  remove(row: Row): void {
    for (const view of this.views) removeFrom(view, row)
  }

  /** Rows are judged anew. */
  clear(): void {
    for (const { orders } of this.views) orders.clear()
  }

  private get views(): ReadonlyArray<View> {
    return [...Object.values(this.shown), ...(this.isUnread === null ? [] : Object.values(this.unread))]
  }

  private orderOf({ has, orders }: View, field: string): Order<Row> {
    const known = orders.get(field)
    if (known !== undefined) return known
    const at = this.fields.findIndex(([name]) => name === field)
    const made = new Order<Row>((row) => row.keys[at]!)
    made.fill([...this.rows.values()].filter(has))
    orders.set(field, made)
    return made
  }

  /** Takes rows off that were created too long ago. */
  private forgetOld(now: EpochMillis): void {
    if (this.days === null) return
    const from = now - this.days * dayMs
    const recent = this.views.filter(({ reach }) => reach === "recent")
    for (const row of this.orderOf(this.shown.recent, this.createdAtField).below(from + 1))
      for (const view of recent) removeFrom(view, row)
    this.recentFrom = from
  }
}

const removeFrom = ({ has, orders }: View, row: Row): void => {
  if (has(row)) for (const order of orders.values()) order.remove(row)
}
