/**
 * Programs that read a list to its end each time. A reader that stops at the first known item of a newest-first list
 * passes by late items; one that has read many pages to the last, several times in a row, does not stop.
 */
import { dropOldest } from "../../domain/Bounded.js"

/** A shorter list ends before anybody could stop. */
const fewestPages = 3
const timesInARow = 3
const most = 10_000

interface Reading {
  /** The page that comes next; `null` once the last one was read. */
  next: number | null
  times: number
}

export class WholeReaders {
  private readonly readings = new Map<string, Reading>()

  /** Whether a program that asks for the first page now will read to the end, as far as can be told. */
  reads(walk: string): boolean {
    const known = this.readings.get(walk)
    return known !== undefined && known.next === null && known.times >= timesInARow
  }

  /** A page was asked for, and answered. `more`: there are further pages, or it was refused. */
  take(walk: string, page: number, more: boolean): void {
    const known = this.readings.get(walk)
    if (page === 1) {
      // The one before was left.
      const times = known === undefined || known.next !== null ? 0 : known.times
      this.readings.delete(walk)
      this.readings.set(walk, { next: more ? 2 : null, times: more ? times : 0 })
      dropOldest(this.readings, most)
    } else if (known !== undefined && known.next === page) {
      known.next = more ? page + 1 : null
      if (!more) known.times = page >= fewestPages ? known.times + 1 : 0
    }
  }
}
