/** Whether a type's plain list comes in the order that its rule assumes, by the provider's answers. */
import { enoughInOrder } from "../../policy/index.js"
import type { ListRule } from "../../providers/index.js"
import { compareKeys } from "./Order.js"
import type { RowMaker } from "./Row.js"
import type { Fields } from "./Shape.js"

export class SeenOrder {
  /** Neighbours of answered lists that stood in the order; never any more where two did not. */
  private inOrder = 0

  constructor(
    private readonly rule: ListRule | null,
    private readonly keyed: RowMaker["keyed"]
  ) {}

  /** A list of the provider's, in its own order. */
  take(items: ReadonlyArray<Fields>): void {
    const { order } = this.rule ?? {}
    if (order === undefined || Number.isNaN(this.inOrder)) return
    const rows = items.map((item) => this.keyed(item, order.by))
    const sign = order.direction === "asc" ? 1 : -1
    for (let at = 1; at < rows.length; at++) {
      const [a, b] = [rows[at - 1]!, rows[at]!]
      // The order of equal ones is assumed, or not known, where it is not documented.
      const isTie = a.key === b.key && this.rule?.ties !== "id"
      const inOrder = a.key !== null && b.key !== null && (isTie || compareKeys(a, b) * sign < 0)
      if (!inOrder) {
        this.inOrder = Number.NaN
        return
      }
    }
    this.inOrder += Math.max(0, items.length - 1)
  }

  /**
   * Of how many entities a list's order is known: what is documented or was seen often enough, or was never refuted.
   */
  get upTo(): number | "page" {
    if (Number.isNaN(this.inOrder)) return 1
    return this.rule?.orderKnown === true || this.inOrder >= enoughInOrder ? Number.POSITIVE_INFINITY : "page"
  }
}
