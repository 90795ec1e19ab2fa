/**
 * Purges deliveries that are no longer needed, oldest first and a slice at a time, so that nothing else waits. A purged
 * delivery is forgotten: duplicates are recognised for as long as deliveries are kept.
 */
import { DeliveryRows, FilteredDeliveries, type InboxFilter, Wal } from "../../store/index.js"
import type { InboxFile } from "./InboxFile.js"
import type { Slice } from "./InboxQueries.js"

export interface Retention {
  /**
   * Deletes the deliveries that the filter lets through among the next rows behind the number `after`. Ends also where
   * rows are too new for the filter.
   */
  readonly purgeSlice: (filter: InboxFilter, after: number) => Slice
  /** Number of deliveries that the filter lets through. */
  readonly countOf: (filter: InboxFilter) => number
  /** Bytes in use in the database file, free pages left out. */
  readonly bytesUsed: () => number
}

/** Rows looked at in one slice: some 5 ms. */
const slice = 500

export const openRetention = ({ database, relaxed }: InboxFile): Retention => {
  // The newest row stays, so that its number is not given twice.
  const highestId = DeliveryRows.highestId(database)
  const findReceivedAt = DeliveryRows.findReceivedAt(database)
  const lastOfSlice = FilteredDeliveries.lastOfSlice(database)
  return {
    purgeSlice: (filter, after) =>
      relaxed(() => {
        const last = lastOfSlice.get(after, slice) ?? null
        if (last === null) return { count: 0, next: null }
        const count = FilteredDeliveries.purge(database, filter, { after, last, newest: highestId.get()! })
        const tooNew = filter.to !== undefined && (findReceivedAt.get(last) ?? 0) >= filter.to
        return { count, next: tooNew ? null : last }
      }),
    countOf: (filter) => FilteredDeliveries.count(database, filter),
    bytesUsed: () => Wal.bytesUsed(database)
  }
}
