/**
 * Rows in one order, kept sorted. A list is answered from a slice of it, without a scan. A frozen array is never
 * changed: the next change works on a copy.
 */
import { firstPlace } from "../../domain/BinarySearch.js"

export type SortKey = number | string

export interface Ordered {
  /** Decides between equal keys. */
  readonly tie: SortKey
}

export class Order<R extends Ordered> {
  private rows: Array<R> = []
  private frozen = false
  /** Rows without a value to sort by: with any, the provider's order is not known. */
  private lacking = 0
  private ties: boolean | null = null

  constructor(private readonly keyOf: (row: R) => SortKey | null) {}

  /** Rows that are put in at once: for filling only. */
  fill(rows: Iterable<R>): void {
    for (const row of rows) {
      if (this.keyOf(row) === null) this.lacking += 1
      else this.rows.push(row)
    }
    this.rows.sort((a, b) => this.compare(a, b))
    this.ties = null
  }

  add(row: R): void {
    if (this.keyOf(row) === null) {
      this.lacking += 1
      return
    }
    this.thaw()
    this.ties = null
    this.rows.splice(this.placeOf(row), 0, row)
  }

  remove(row: R): void {
    if (this.keyOf(row) === null) {
      this.lacking -= 1
      return
    }
    const at = this.placeOf(row)
    if (this.rows[at] !== row) return
    this.thaw()
    this.ties = null
    this.rows.splice(at, 1)
  }

  get size(): number {
    return this.rows.length
  }

  /** Whether each row has a value to sort by. */
  get whole(): boolean {
    return this.lacking === 0
  }

  /** Whether no two rows are equal but for what decides between equal keys. */
  get distinct(): boolean {
    this.ties ??= this.hasTies(this.rows)
    return !this.ties
  }

  /** The same of other rows in this order. */
  hasTies(rows: ReadonlyArray<R>): boolean {
    return rows.some((row, at) => at > 0 && this.keyOf(row) === this.keyOf(rows[at - 1]!))
  }

  /** The rows in front of the given key. */
  below(key: SortKey): ReadonlyArray<R> {
    return this.rows.slice(0, this.firstFrom(key))
  }

  /** The rows from the given key on; all for `null`. */
  from(key: SortKey | null): ReadonlyArray<R> {
    return this.rows.slice(key === null ? 0 : this.firstFrom(key))
  }

  /** All rows, rising. The array stays as it is. */
  freeze(): ReadonlyArray<R> {
    this.frozen = true
    return this.rows
  }

  /** The place of the first row whose key is not below the given one. */
  firstFrom(key: SortKey): number {
    return firstPlace(this.rows.length, (place) => this.keyOf(this.rows[place]!)! >= key)
  }

  compare(a: R, b: R): number {
    return compareKeys({ key: this.keyOf(a), tie: a.tie }, { key: this.keyOf(b), tie: b.tie })
  }

  private placeOf(row: R): number {
    return firstPlace(this.rows.length, (place) => this.compare(this.rows[place]!, row) >= 0)
  }

  private thaw(): void {
    if (!this.frozen) return
    this.rows = this.rows.slice()
    this.frozen = false
  }
}

interface Keyed extends Ordered {
  readonly key: SortKey | null
}

export const compareKeys = (a: Keyed, b: Keyed): number =>
  a.key! < b.key! ? -1 : a.key! > b.key! ? 1 : a.tie < b.tie ? -1 : a.tie > b.tie ? 1 : 0
