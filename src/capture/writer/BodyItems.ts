/**
 * The items of response bodies. A list that changed little is parsed in part; a body that is repeated is not parsed
 * again.
 */
import { LruCache } from "../LruCache.js"
import type { PlacedCall } from "./CallStreams.js"
import { ListDelta } from "./ListDelta.js"
import { type ListedItem, listedItems } from "./ListedItems.js"
import { parseJson } from "./ResponseBody.js"

/** More bodies than a process's threads cache together, so that each body which they refer to is known here. */
const knownBodies = 50_000

export interface FoundItems {
  /** All items but those that the stream's last body had, byte for byte. */
  readonly items: ReadonlyArray<ListedItem>
  /** Number of all items. */
  readonly count: number
  /** To be called once the items are written. */
  readonly remember: () => void
}

export class BodyItems {
  private readonly lists = new ListDelta()
  /** Number of items of each body that a later call may refer to. */
  private readonly counts = new LruCache<number, number>(knownBodies)
  /** Bodies that the current transaction brought. */
  private readonly uncommitted: Array<number> = []

  /** Number of items of a body that came before; undefined where it is not known. */
  countOf(bodyId: number | null): number | undefined {
    return bodyId === null ? undefined : this.counts.get(bodyId)
  }

  /** `null` when the text is not JSON. */
  read(text: Buffer, call: PlacedCall): FoundItems | null {
    const key = `${call.stream} ${call.page} ${call.subject}`
    const itemsOf = (body: unknown) => listedItems(body, call.provider, call.endpoint, call.template)
    const part = this.lists.changed(key, text)
    if (part !== null) {
      const items = itemsOf(part.items)
      if (items.length === part.items.length)
        return { items, count: part.unchanged + items.length, remember: part.remember }
    }
    const body = parseJson(text)
    if (body === undefined) return null
    const items = itemsOf(body)
    return {
      items,
      count: items.length,
      remember: () => this.lists.learn(key, text, call.endpoint?.itemsAt, items.length)
    }
  }

  noteCount(bodyId: number, count: number): void {
    this.counts.set(bodyId, count)
    this.uncommitted.push(bodyId)
  }

  begin(): void {
    this.uncommitted.length = 0
  }

  /** Forgets bodies whose items were rolled back, and all lists. */
  rollback(): void {
    for (const id of this.uncommitted) this.counts.delete(id)
    this.lists.clear()
  }
}
