/** Rows as JSON, made when first asked for and kept up to a number of bytes: the least recently used go first. */
import type { StateFeed } from "../../receiver/index.js"
import { parsed, type Row } from "./Row.js"
import type { Fields } from "./Shape.js"
import type { TypeState } from "./TypeState.js"

interface KeptBody {
  readonly text: string
  /** Of the shape that it was made by. */
  readonly version: number
}

export class Bodies {
  private readonly kept = new Map<Row, KeptBody>()
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
    const { version } = state.shapes.list
    const known = this.kept.get(row)
    if (known !== undefined) {
      this.kept.delete(row)
      if (known.version === version) {
        this.kept.set(row, known)
        return known.text
      }
      this.characters -= known.text.length
    }
    const text = this.fromState(source, entity, state, row, as)
    if (text !== null) this.keep(row, { text, version })
    return text
  }

  /**
   * The entity's fields, as far as an answer or the state has shown them; `null` where they are not known as they are.
   */
  fieldsOf(source: string, entity: string, state: TypeState, row: Row): Fields | null {
    const own = state.currentRead(row)
    if (own !== null) return parsed(own.item ?? own.list)
    if (!state.isStateWhole(row)) return null
    const fed = this.feed.find(source, entity, row.id)
    return fed === null || fed.version !== row.version || fed.text === null ? null : parsed(fed.text)
  }

  private fromState(source: string, entity: string, state: TypeState, row: Row, as: "list" | "item"): string | null {
    if (!state.shapes[as].known) return null
    const fed = this.feed.find(source, entity, row.id)
    if (fed === null || fed.version !== row.version || fed.text === null) return null
    return state.shapes[as].project(parsed(fed.text))
  }

  private keep(row: Row, body: KeptBody): void {
    this.kept.set(row, body)
    this.characters += body.text.length
    for (const [oldest, { text }] of this.kept) {
      if (this.characters <= this.most) return
      this.kept.delete(oldest)
      this.characters -= text.length
    }
  }
}
