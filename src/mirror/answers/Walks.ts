/**
 * Walks over the pages of a list. The first page freezes which rows the walk has and in which order; the others are of
 * the same moment, or go through. A walk is one client's: another one begins its own.
 */
import type { EpochMillis } from "../../domain/Time.js"
import type { Row } from "../state/Row.js"

export interface Walk {
  readonly rows: ReadonlyArray<Row>
  /** Its part of the rows, and the direction in which they are read. */
  readonly from: number
  readonly to: number
  readonly direction: 1 | -1
  readonly asOf: EpochMillis
  readonly begunAt: EpochMillis
}

/** A client that takes longer between two pages begins again. */
const lastsMs = 10 * 60_000
const most = 1_000

export class Walks {
  private readonly walks = new Map<string, Walk>()

  begin(key: string, walk: Walk): void {
    this.walks.delete(key)
    this.walks.set(key, walk)
    for (const oldest of this.walks.keys()) {
      if (this.walks.size <= most) break
      this.walks.delete(oldest)
    }
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

/** The rows of a page. */
export const pageOf = (walk: Walk, page: number, perPage: number): ReadonlyArray<Row> => {
  const start = (page - 1) * perPage
  const count = Math.max(0, Math.min(perPage, sizeOf(walk) - start))
  return Array.from({ length: count }, (_, at) =>
    walk.direction === 1 ? walk.rows[walk.from + start + at]! : walk.rows[walk.to - 1 - start - at]!
  )
}
