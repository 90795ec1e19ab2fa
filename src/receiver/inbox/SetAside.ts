/**
 * Rows that fail by themselves: unreadable, damaged, of a value that nothing can show. Each becomes a dead letter with its reason,
 * so that the others go on. Where not even that can be written, the row is passed by until the next start.
 */
import { DeliveryRows, isDamage, isRowFailure, rowFailureOf } from "../../store/index.js"
import type { InboxFile } from "./InboxFile.js"

/** What became of rows that failed, for the log: `damaged` ones are known by their page only. */
export interface SetAsideRows {
  readonly reason: string
  readonly rows: number
  readonly damaged: boolean
}

export interface SetAside {
  /** Outside of any transaction. Throws what is no fault of the row. */
  readonly setAside: (id: number, error: unknown) => void
  /** Rows that cannot even be marked. */
  readonly passedBy: ReadonlySet<number>
  /** What was set aside since it was asked for last. */
  readonly news: () => ReadonlyArray<SetAsideRows>
  /**
   * Runs `work` for each item in one transaction. Where an item fails by itself all is done again, each item in a transaction of its
   * own (SQLite does not commit one in which a damaged page was met), and that one gets `instead`: one delivery's failure takes
   * that delivery out, never its neighbours.
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
