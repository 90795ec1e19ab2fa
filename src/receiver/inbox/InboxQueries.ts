/** The inbox as commands read it, and dead letters as commands retry them. */
import { createHash } from "node:crypto"
import { type EpochMillis, isMoment } from "../../domain/Time.js"
import {
  DeliveryRows,
  type DeliveryState,
  FilteredDeliveries,
  type InboxFilter,
  isDamage,
  isRowFailure,
  rowFailureOf
} from "../../store/index.js"
import type { InboxLine } from "./Delivery.js"
import type { InboxFile } from "./InboxFile.js"
import type { Seal } from "./SealedBodies.js"

/** Rows that one step of work on many rows has changed. */
export interface Slice {
  readonly count: number
  /** The number behind which the next step goes on; `null` at the end. */
  readonly next: number | null
}

export interface InboxQueries {
  /**
   * The newest first. A delivery that told of a change once more is counted with the first that did. `onDamaged` gets
   * the rows that lie in damaged pages: they are left out.
   */
  readonly list: (limit: number, filter?: InboxFilter, onDamaged?: (id: number) => void) => ReadonlyArray<InboxLine>
  readonly show: (id: number) =>
    | (InboxLine & {
        readonly lastError: string | null
        /** `null` where it cannot be read; `unreadable` says why. */
        readonly body: string | null
      })
    | null
  /** The dead letter is handed over again; `false` where the delivery is not one. */
  readonly retry: (id: number) => boolean
  /** Retries dead letters that the filter lets through, behind the number `after`, one slice of them. */
  readonly retrySlice: (filter: InboxFilter, after: number) => Slice
  /** Retries all of them, slice by slice; returns their count. */
  readonly retryAll: (filter?: InboxFilter) => number
  readonly counts: () => Readonly<Record<DeliveryState, number>>
}

/** Also `null` for a number that no date can show: rows of earlier versions may hold any. */
export const iso = (at: EpochMillis | null): string | null => (isMoment(at) ? new Date(at).toISOString() : null)

/** Dead letters that are brought back in one transaction: some 5 ms. */
const retriedAtOnce = 500

/** A body that cannot be opened says why. */
const bodyOf = (sealed: Seal, body: Buffer): { readonly body: Buffer | null; readonly unreadable: string | null } => {
  try {
    return { body: sealed.open(body), unreadable: null }
  } catch (error) {
    if (!isRowFailure(error)) throw error
    return { body: null, unreadable: rowFailureOf(error) }
  }
}

export const openQueries = ({ database, relaxed, sealed }: InboxFile): InboxQueries => {
  const revive = FilteredDeliveries.revive(database)
  const toLine = <Row extends FilteredDeliveries.ListedDelivery>({ body, ...row }: Row) => {
    const opened = bodyOf(sealed, body)
    return {
      ...row,
      updatedAt: iso(row.updatedAt),
      receivedAt: iso(row.receivedAt)!,
      bodySha256: opened.body === null ? null : createHash("sha256").update(opened.body).digest("hex"),
      unreadable: opened.unreadable
    }
  }

  /** A damaged page ends a scan: number by number instead, the newest first. */
  const oneByOne = (limit: number, filter: InboxFilter, onDamaged: (id: number) => void): ReadonlyArray<InboxLine> => {
    const find = FilteredDeliveries.finder(database, filter)
    const lines: Array<InboxLine> = []
    let id = DeliveryRows.highestId(database).get() ?? 0
    for (; id > 0 && lines.length < limit; id--) {
      try {
        const row = find(id)
        if (row !== undefined) lines.push(toLine(row))
      } catch (error) {
        if (!isDamage(error)) throw error
        onDamaged(id)
      }
    }
    return lines
  }

  const retrySlice: InboxQueries["retrySlice"] = (filter, after) => {
    // Read without the write lock, which is taken only where there is something to write.
    const ids = FilteredDeliveries.deadIds(database, filter, after, retriedAtOnce)
    if (ids.length === 0) return { count: 0, next: null }
    const count = relaxed(() => ids.reduce((changed, id) => changed + revive.run(id).changes, 0))
    return { count, next: ids.length < retriedAtOnce ? null : ids.at(-1)! }
  }

  return {
    list: (limit, filter = {}, onDamaged = () => undefined) => {
      try {
        return FilteredDeliveries.list(database, filter, limit).map(toLine)
      } catch (error) {
        if (!isDamage(error)) throw error
        return oneByOne(limit, filter, onDamaged)
      }
    },
    show: (id) => {
      const row = FilteredDeliveries.findDelivery(database).get(id)
      if (row === undefined) return null
      return { ...toLine(row), body: bodyOf(sealed, row.body).body?.toString("utf8") ?? null }
    },
    retry: (id) => revive.run(id).changes === 1,
    retrySlice,
    retryAll: (filter = {}) => {
      let count = 0
      for (let after: number | null = 0; after !== null; ) {
        const slice = retrySlice(filter, after)
        count += slice.count
        after = slice.next
      }
      return count
    },
    counts: () => {
      const counts: Record<DeliveryState, number> = { stored: 0, delivered: 0, dead: 0, quarantined: 0 }
      for (const { count, state } of FilteredDeliveries.countByState(database).all()) counts[state] = count
      return counts
    }
  }
}
