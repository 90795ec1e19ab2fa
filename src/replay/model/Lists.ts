/** The provider's lists of an account, as a sweep reads them. */
import { reachedBy } from "../../policy/index.js"
import { type Account, status } from "./Account.js"

export interface Lists {
  /** Entities of a type from a stamp on. */
  readonly items: (of: number, floor: number, state: number, oldestFirst: boolean) => Array<number>
  /** Entities that a complete list of a type does not show. */
  readonly lacking: (of: number) => Array<number>
  /** How far a list that is read now brings a sweep that began then; 0 for an empty one. */
  readonly reached: (items: ReadonlyArray<number>, startedAt: number) => number
}

export const makeLists = (account: Account, now: () => number): Lists => ({
  items: (of, floor, state, oldestFirst) => {
    const items: Array<number> = []
    for (let entity = account.newest(of); entity !== -1; entity = account.before(entity)) {
      if (account.stamp[entity]! < floor) break
      if (account.stateSeen(entity, now()) === state && account.stampSeen(entity, now()) >= floor) items.push(entity)
    }
    return oldestFirst ? items.reverse() : items
  },
  lacking: (of) => {
    const entities: Array<number> = []
    for (let entity = account.newest(of); entity !== -1; entity = account.before(entity))
      if (account.stateSeen(entity, now()) !== status.live) entities.push(entity)
    return entities
  },
  reached: (items, startedAt) => {
    let reached = 0
    for (const entity of items)
      reached = Math.max(reached, reachedBy(account.stampSeen(entity, now()), now(), startedAt))
    return reached
  }
})
