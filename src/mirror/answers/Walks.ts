/**
 * Walks over the pages of a list. The first page freezes which rows the walk has and in which order; the others are of
 * the same moment, or go through. A walk is one client's: another one begins its own.
 */
import { dropOldest } from "../../domain/Bounded.js"
import type { EpochMillis } from "../../domain/Time.js"
import type { Row } from "../state/Row.js"

export interface Walk {
  readonly rows: ReadonlyArray<Row>
  /** Its part of the rows, and the direction in which they are read. */
  readonly from: number
  readonly to: number
  readonly direction: 1 | -1
  readonly asOf: EpochMillis
  /** Up to which moment deletions are known. */
  readonly wholeAsOf: EpochMillis
  readonly begunAt: EpochMillis
  /** Bodies of its rows, in their order, where all were made when it began. */
  readonly texts: ReadonlyArray<string> | null
}

/** A client that takes longer between two pages begins again. */
const lastsMs = 10 * 60_000
const most = 1_000

export class Walks {
  private readonly walks = new Map<string, Walk>()
  private readonly pages = new WeakMap<ReadonlyArray<Row>, Map<string, Buffer>>()

  forget(): void {
    this.walks.clear()
  }

  /** Pages that were made from an order that has not changed since: its array stands for its content. */
  pagesOf(rows: ReadonlyArray<Row>): Map<string, Buffer> {
    let pages = this.pages.get(rows)
    if (pages === undefined) {
      pages = new Map()
      this.pages.set(rows, pages)
    }
    return pages
  }

  begin(key: string, walk: Walk): void {
    this.walks.delete(key)
    this.walks.set(key, walk)
    dropOldest(this.walks, most)
  }

  /** The walk that a later page belongs to; `null` where its first page went through, or was too long ago. */
  of(key: string, now: EpochMillis): Walk | null {
    const walk = this.walks.get(key)
    return walk === undefined || now - walk.begunAt > lastsMs ? null : walk
  }

  end(key: string): void {
    this.walks.delete(key)
  }
}

export const sizeOf = ({ from, to }: Walk): number => to - from

/** Places of a page's rows within the walk. */
export const placesOf = (walk: Walk, page: number, perPage: number): { readonly from: number; readonly to: number } => {
  const from = Math.min((page - 1) * perPage, sizeOf(walk))
  return { from, to: Math.min(from + perPage, sizeOf(walk)) }
}

export const rowAt = (walk: Pick<Walk, "direction" | "from" | "rows" | "to">, place: number): Row =>
  walk.direction === 1 ? walk.rows[walk.from + place]! : walk.rows[walk.to - 1 - place]!
