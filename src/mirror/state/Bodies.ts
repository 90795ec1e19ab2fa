/** Rows as JSON, made when first asked for and kept up to a number of bytes: the least recently used go first. */
import type { StateFeed } from "../../receiver/index.js"
import { parsed, type Row } from "./Row.js"
import type { TypeState } from "./TypeState.js"

export class Bodies {
  private readonly kept = new Map<Row, string>()
  private characters = 0

  constructor(
    private readonly feed: Pick<StateFeed, "find">,
    private readonly most: number
  ) {}

  /**
   * A row as an item of a list, or by itself; `null` where that is not known: the state has moved on, or the shape was
   * never seen.
   */
  of(source: string, entity: string, state: TypeState, row: Row, as: "list" | "item"): string | null {
    const own = state.currentRead(row)
    if (own !== null) {
      const shown = own[as] ?? (as === "list" ? state.shapes.list.project(parsed(own.item)) : null)
      if (shown !== null || own.stamp > row.stateStamp) return shown
    }
    if (!state.isStateWhole(row)) return null
    if (as === "item") return this.fromState(source, entity, state, row, as)
    const known = this.kept.get(row)
    if (known !== undefined) {
      this.kept.delete(row)
      this.kept.set(row, known)
      return known
    }
    const made = this.fromState(source, entity, state, row, as)
    if (made !== null) this.keep(row, made)
    return made
  }

  private fromState(source: string, entity: string, state: TypeState, row: Row, as: "list" | "item"): string | null {
    if (!state.shapes[as].known) return null
    const fed = this.feed.find(source, entity, row.id)
    if (fed === null || fed.version !== row.version || fed.text === null) return null
    return state.shapes[as].project(parsed(fed.text))
  }

  private keep(row: Row, text: string): void {
    this.kept.set(row, text)
    this.characters += text.length
    for (const [oldest, { length }] of this.kept) {
      if (this.characters <= this.most) return
      this.kept.delete(oldest)
      this.characters -= length
    }
  }
}
