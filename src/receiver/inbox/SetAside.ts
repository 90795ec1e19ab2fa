/**
 * Rows that fail by themselves: unreadable, damaged, or with a value that cannot be shown. Each becomes a dead letter
 * with its reason, so that the others go on. A row that cannot even be marked is passed by until the next start.
 */
import { DeliveryRows, isDamage, isRowFailure, rowFailureOf } from "../../store/index.js"
import type { InboxFile } from "./InboxFile.js"

/** Rows that failed, for the log. Of `damaged` rows only the page is known. */
export interface SetAsideRows {
  readonly reason: string
  readonly rows: number
  readonly damaged: boolean
}

export interface SetAside {
  /** Outside of any transaction. Throws errors that are not the row's fault. */
  readonly setAside: (id: number, error: unknown) => void
  /** Rows that cannot be marked. */
  readonly passedBy: ReadonlySet<number>
  /** Rows set aside since the last call. */
  readonly news: () => ReadonlyArray<SetAsideRows>
  /**
   * Runs `work` for each item in one transaction. If an item fails by itself, each item runs again in a transaction of
   * its own, and the failing item gets `instead`. SQLite does not commit a transaction that met a damaged page. A
   * failing delivery never takes its neighbours with it.
   */
  readonly each: <Item, Result>(
    transaction: InboxFile["durably"],
    items: ReadonlyArray<Item>,
    work: (item: Item) => Result,
    instead: (item: Item, error: unknown) => Result
  ) => ReadonlyArray<Result>
}

export const openSetAside = ({ database, relaxed }: InboxFile): SetAside => {
  const deadLetter = DeliveryRows.deadLetter(database)
  const passedBy = new Set<number>()
  let news = new Map<string, SetAsideRows>()

  const setAside = (id: number, error: unknown): void => {
    if (!isRowFailure(error)) throw error
    const reason = rowFailureOf(error)
    const known = news.get(reason)
    news.set(reason, { reason, rows: (known?.rows ?? 0) + 1, damaged: isDamage(error) })
    try {
      relaxed(() => deadLetter.run(reason, id))
    } catch (unwritten) {
      if (!isRowFailure(unwritten)) throw unwritten
      passedBy.add(id)
    }
  }

  return {
    setAside,
    passedBy,
    news: () => {
      const all = [...news.values()]
      if (all.length > 0) news = new Map()
      return all
    },
    each: (transaction, items, work, instead) => {
      try {
        return transaction(() => items.map(work))
      } catch (error) {
        if (!isRowFailure(error)) throw error
        return items.map((item) => {
          try {
            return transaction(() => work(item))
          } catch (own) {
            if (!isRowFailure(own)) throw own
            return instead(item, own)
          }
        })
      }
    }
  }
}
