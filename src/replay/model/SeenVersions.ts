/**
 * The versions that each poller has seen. A look at a list is one walk over the entities that changed last; one that
 * meets nothing new costs some 50 ns.
 */
import type { HistorySink } from "../../domain/History.js"
import { type Account, status } from "./Account.js"
import type { OutcomeScorer } from "./OutcomeScorer.js"
import type { Scenario } from "./Scenario.js"
import type { Told } from "./Told.js"

export interface SeenVersions {
  /**
   * A poller looks at those of a type with a stamp from `floor` on that changed from `since` on; how many a list shows,
   * and how many of them are new to it, is in `looked` until the next look.
   */
  readonly look: (poller: number, type: number, floor: number, since: number, at: number) => void
  readonly looked: { listed: number; fresh: number }
  /** Entities of which a replaced poller saw a newer version than `held` says, with the stamp that it saw. */
  readonly ahead: (
    held: (entity: number) => number
  ) => ReadonlyArray<{ readonly entity: number; readonly stamp: number }>
  /** How many of the held ones no replaced poller saw. */
  readonly unseen: (held: (entity: number) => boolean) => number
}

export const makeSeenVersions = (parts: {
  readonly scenario: Scenario
  readonly account: Account
  readonly scorer: OutcomeScorer
  readonly sink: HistorySink | null
  readonly told: Told
}): SeenVersions => {
  const { account, scorer, scenario, sink, told } = parts
  const { entities, from, pollers, types } = scenario
  /** By poller: the stamp of each entity that it saw last. */
  const seen = pollers.map(({ mode }) =>
    mode === "blind" ? new Float64Array(0) : new Float64Array(entities.count).fill(Number.NaN)
  )
  const looked = { listed: 0, fresh: 0 }

  const see = (poller: number, entity: number, stamp: number, at: number): void => {
    seen[poller]![entity] = stamp
    const { name, replaced } = pollers[poller]!
    if (replaced) scorer.polled(entity, stamp, at)
    if (sink !== null)
      sink({ k: "seen", t: at, poller: name, entity: told.typeOf(entity), id: told.idOf(entity), updatedAt: stamp })
  }
  const readChildren = (poller: number, parent: number, at: number): void => {
    for (let child = account.firstChild(parent); child !== -1; child = account.nextChild(child)) {
      if (account.stateSeen(child, at) !== status.live) continue
      const stamp = account.stampSeen(child, at)
      if (seen[poller]![child] !== stamp) see(poller, child, stamp, at)
    }
  }

  const newestSeen = (entity: number): number => {
    let newest = Number.NaN
    for (let poller = 0; poller < pollers.length; poller++) {
      const stamp = pollers[poller]!.replaced ? (seen[poller]![entity] ?? Number.NaN) : Number.NaN
      if (!(newest >= stamp)) newest = Number.isNaN(stamp) ? newest : stamp
    }
    return newest
  }

  return {
    looked,
    look: (poller, type, floor, since, at) => {
      const mine = seen[poller]!
      const { readsChildren: deep, type: own } = pollers[poller]!
      looked.listed = 0
      looked.fresh = 0
      for (let entity = account.newest(type); entity !== -1; entity = account.before(entity)) {
        if (account.stamp[entity]! < floor || account.changedAt[entity]! < since) break
        if (account.stateSeen(entity, at) !== status.live) continue
        const stamp = account.stampSeen(entity, at)
        if (stamp < floor) continue
        looked.listed += 1
        if (mine[entity] === stamp) continue
        looked.fresh += 1
        see(poller, entity, stamp, at)
        if (deep && type === own) readChildren(poller, entity, at)
      }
    },
    ahead: (held) => {
      const ahead: Array<{ readonly entity: number; readonly stamp: number }> = []
      for (let entity = 0; entity < entities.count; entity++) {
        // Changes from before are in no event, and no sweep reads all of them in depth: the old path hands them on.
        const newest = types[entities.type[entity]!]!.wanted ? newestSeen(entity) : Number.NaN
        if (newest >= from && !(held(entity) >= newest)) ahead.push({ entity, stamp: newest })
      }
      return ahead
    },
    unseen: (held) => {
      let count = 0
      for (let entity = 0; entity < entities.count; entity++)
        if (held(entity) && Number.isNaN(newestSeen(entity))) count += 1
      return count
    }
  }
}
