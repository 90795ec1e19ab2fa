/** Events that reconciliation finds: stored, and applied at once or in their turn behind others of the entity. */
import type { HistorySink } from "../../domain/History.js"
import type { Policy } from "../../policy/index.js"
import type { EntityColumns } from "./EntityColumns.js"
import type { EntityLanes } from "./EntityLanes.js"
import { type InboxRows, rowIs } from "./InboxRows.js"
import type { RecentKeys } from "./RecentKeys.js"
import type { Scenario } from "./Scenario.js"
import type { Told } from "./Told.js"

export interface FoundEvents {
  readonly counts: { stored: number; duplicates: number }
  /** Stores an event; false where the same one waits already. `when` is the moment up to which the entity was shown. */
  readonly put: (
    entity: number,
    to: number,
    is: number,
    when: number,
    at: number,
    says: boolean,
    creation?: boolean
  ) => boolean
  /** An event that waited in its entity's lane moves the state. */
  readonly settle: (row: number, at: number) => void
}

export interface FoundEventsParts {
  readonly scenario: Scenario
  readonly states: EntityColumns
  readonly keys: RecentKeys
  readonly rows: InboxRows
  readonly lanes: EntityLanes
  readonly policy: Policy
  readonly sink: HistorySink | null
  readonly told: Told
}

export const makeFoundEvents = (parts: FoundEventsParts): FoundEvents => {
  const { keys, lanes, policy, rows, sink, states, told } = parts
  const { entities, types } = parts.scenario
  const counts = { stored: 0, duplicates: 0 }
  /** By row that waits. */
  const waitingKeys = new Map<number, string>()

  /** The row of an earlier sweep that found the same, and waits in its entity's lane; or -1. */
  const waiting = (entity: number, to: number, is: number, says: boolean): number => {
    let row = lanes.head(entity)
    while (
      row !== -1 &&
      !(
        rows.is(row, rowIs.found) &&
        rows.stamp(row) === to &&
        rows.version(row) === is &&
        rows.is(row, rowIs.deletion) === says
      )
    )
      row = lanes.behind(row)
    return row
  }

  const put = (
    entity: number,
    to: number,
    is: number,
    when: number,
    at: number,
    says: boolean,
    creation = false
  ): boolean => {
    const head = lanes.head(entity)
    const same = head === -1 ? -1 : waiting(entity, to, is, says)
    if (same !== -1) {
      counts.duplicates += 1
      if (sink !== null) sink({ k: "duplicate", t: at, key: waitingKeys.get(same) ?? "" })
      return false
    }
    counts.stored += 1
    // A creation that is found in a later version has no push of its name.
    const isPushed = !says && (!creation || is === 1)
    const whole = types[entities.type[entity]!]!.wholePushes === true && isPushed
    const first = whole && !keys.seen(entity, policy.identityWithin(to, is), at)
    let key = ""
    if (sink !== null) {
      // A finding's key has the state that it was compared with: the same may be found again after something else.
      key = first
        ? told.keyOf(entity, to, is, false)
        : `${told.keyOf(entity, to, is, false)} over ${states.counts.applied} ${counts.stored}`
      const [type, id] = [told.typeOf(entity), told.idOf(entity)]
      sink({ k: "stored", t: at, key, origin: "reconciliation", entity: type, id, updatedAt: to })
    }
    if (head === -1) states.found(entity, to, at, is, says, when, creation, key)
    else {
      const marks = rowIs.found | (says ? rowIs.deletion : 0) | (creation ? rowIs.creation : 0)
      const row = rows.add(entity, to, is, marks, when)
      lanes.putBehind(row, entity)
      if (sink !== null) waitingKeys.set(row, key)
    }
    return true
  }

  return {
    counts,
    put,
    settle: (row, at) => {
      const key = waitingKeys.get(row) ?? ""
      waitingKeys.delete(row)
      states.foundBefore(
        rows.entity(row),
        rows.stamp(row),
        at,
        rows.version(row),
        rows.is(row, rowIs.deletion),
        rows.moment(row),
        rows.is(row, rowIs.creation),
        key
      )
    }
  }
}
