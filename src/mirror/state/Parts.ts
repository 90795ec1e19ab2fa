/**
 * The part of an account that a plain list shows, where reconciliation reads all parts: a Freshservice list without
 * `workspace_id` is that of the primary workspace. Which one that is, is learned from such lists.
 */
import { isOlder } from "./OwnReads.js"
import { partOf, type Row } from "./Row.js"
import type { Fields } from "./Shape.js"

export class Parts {
  /** The value that all listed items have; `null` where they differ, or have none. */
  private shown: Row["part"] | undefined

  constructor(private readonly field: string) {}

  /** An item of a plain list. Returns whether rows are to be judged anew. */
  learn(item: Fields): boolean {
    const part = partOf(item, this.field)
    if (this.shown === part || this.shown === null) return false
    this.shown = this.shown === undefined ? part : null
    return true
  }

  /** Whether a plain list does not show it. */
  isOutside({ part }: Pick<Row, "part">): boolean {
    return this.shown != null && part !== null && part !== this.shown
  }

  /**
   * Whether it is not known how a plain list shows it: only what the provider has shown since its last news is whole.
   */
  needsRead(row: Row): boolean {
    if (row.hidden || this.isOutside(row)) return false
    if (row.own === null || isOlder(row.own, row)) return true
    return row.own.list === null && (this.shown == null || row.part !== this.shown)
  }
}
