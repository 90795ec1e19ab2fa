/**
 * Lets go of deliveries that are not needed any more, oldest first and a slice at a time, so that nothing else waits for
 * it. A delivery that was let go is forgotten: how long they are kept is how long a duplicate is known for one.
 */
import type { InboxFile } from "./InboxFile.js"
import { type InboxFilter, type Slice, whereOf } from "./InboxQueries.js"

export interface Retention {
  /**
   * Deletes what the filter lets through among the next rows after the number `after`. The end is also where rows are too new for
   * the filter.
   */
  readonly purgeSlice: (filter: InboxFilter, after: number) => Slice
  /** How many the filter lets through. */
  readonly countOf: (filter: InboxFilter) => number
  /** Bytes in use in the database file, free pages left out. */
  readonly bytesUsed: () => number
}

/** Rows looked at in one slice: some 5 ms. */
const slice = 500

export const openRetention = ({ database, relaxed }: InboxFile): Retention => {
  const pragma = (name: string): number => database.pragma(name, { simple: true }) as number
  // The newest row stays, so that its number is not given twice.
  const newest = database.prepare("SELECT max(id) FROM delivery").pluck()
  const received = database.prepare("SELECT received_at FROM delivery WHERE id = ?").pluck()
  const range = database
    .prepare("SELECT max(id) FROM (SELECT id FROM delivery WHERE id > ? ORDER BY id LIMIT ?)")
    .pluck()
  return {
    purgeSlice: (filter, after) =>
      relaxed(() => {
        const last = range.get(after, slice) as number | null
        if (last === null) return { count: 0, next: null }
        const where = whereOf(filter)
        const { changes } = database
          .prepare(`DELETE FROM delivery WHERE id > @after AND id <= @last AND id < @newest AND ${where.sql}`)
          .run({ ...where.values, after, last, newest: newest.get() as number })
        const tooNew = filter.to !== undefined && ((received.get(last) as number | undefined) ?? 0) >= filter.to
        return { count: changes, next: tooNew ? null : last }
      }),
    countOf: (filter) => {
      const where = whereOf(filter)
      return database.prepare(`SELECT count(*) FROM delivery WHERE ${where.sql}`).pluck().get(where.values) as number
    },
    bytesUsed: () => (pragma("page_count") - pragma("freelist_count")) * pragma("page_size")
  }
}
