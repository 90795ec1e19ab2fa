/** The modelled receiver's findings on an entity that a sweep has read (reconciliation/Findings.ts is the real one). */
import type { HistorySink } from "../../domain/History.js"
import {
  endOfSecond,
  finding,
  findingByContent,
  findingByStamps,
  findingOfUnknown,
  hasMoved,
  type Policy,
  shownUpTo
} from "../../policy/index.js"
import type { EntityColumns } from "./EntityColumns.js"
import type { EntityLanes } from "./EntityLanes.js"
import { type InboxRows, rowIs } from "./InboxRows.js"
import type { OutcomeScorer } from "./OutcomeScorer.js"
import type { RecentKeys } from "./RecentKeys.js"
import type { Scenario } from "./Scenario.js"
import type { Told } from "./Told.js"

export interface Findings {
  /** Changes of fields that no push carries, as far as a read showed them; -1 where none did. */
  readonly hidden: Int32Array
  readonly counts: { stored: number; duplicates: number }
  /**
   * A sweep that looked then found an entity so, and told it at `at`; whether that was news. A first sweep, and one of
   * dependants, meets the past, which it takes up without an event.
   */
  readonly found: (
    entity: number,
    stamp: number,
    version: number,
    hidden: number,
    lookedAt: number,
    at: number,
    meetsThePast: boolean
  ) => boolean
  /** A list of deleted ones shows it. */
  readonly foundDeleted: (entity: number, stamp: number, version: number, lookedAt: number, at: number) => boolean
  /** A finding that waited in its entity's lane moves the state. */
  readonly settle: (row: number, at: number) => void
  /** No list shows it any more, nor does it itself: its deletion has no moment. */
  readonly foundMissing: (entity: number, version: number, at: number) => void
}

export const makeFindings = (parts: {
  readonly scenario: Scenario
  readonly states: EntityColumns
  readonly keys: RecentKeys
  readonly rows: InboxRows
  readonly lanes: EntityLanes
  readonly scorer: OutcomeScorer
  readonly policy: Policy
  readonly sink: HistorySink | null
  readonly told: Told
}): Findings => {
  const { scorer, keys, lanes, policy, rows, sink, states, told } = parts
  const { entities, from, receiver, types } = parts.scenario
  const { gone, moment, stamp, version } = states
  const hidden = new Int32Array(entities.count).fill(-1)
  const beganAt = Math.floor(from / 1_000) * 1_000
  const counts = { stored: 0, duplicates: 0 }
  /** By row that waits. */
  const waitingKeys = new Map<number, string>()

  const shownMoment = (to: number, lookedAt: number): number => shownUpTo(to, lookedAt, receiver.readableWithinMs)

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
    const whole = types[entities.type[entity]!]!.wholePushes === true && !says
    const first = whole && !keys.seen(entity, policy.identityWithin(to, is), at)
    let key = ""
    if (sink !== null) {
      // A finding is told apart by what it was compared with: the same may be found again after something else.
      key = first
        ? told.keyOf(entity, to, is)
        : `${told.keyOf(entity, to, is)} over ${states.counts.applied} ${counts.stored}`
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

  /** The state is noted without an event; whether its stamp moved. */
  const refresh = (entity: number, to: number, shownTo: number, at: number): boolean => {
    const moved = hasMoved(to, stamp[entity]!)
    moment[entity] = shownTo
    if (!moved) return false
    stamp[entity] = to
    if (sink !== null)
      sink({ k: "refreshed", t: at, entity: told.typeOf(entity), id: told.idOf(entity), updatedAt: to })
    scorer.arrived(entity, to, at, false, false)
    return true
  }

  const findingOf = (
    entity: number,
    to: number,
    is: number,
    behind: number,
    shownTo: number,
    past: boolean
  ): number => {
    const known = stamp[entity]!
    if (Number.isNaN(known))
      return findingOfUnknown(to, states.isNew(entity) ? Number.NaN : Number.NEGATIVE_INFINITY, beganAt, past)
    const first = findingByStamps(to, shownTo, false, known, gone[entity] === 1)
    if (first !== finding.compare) return first
    const differs = is !== version[entity] || (hidden[entity] !== -1 && behind !== hidden[entity])
    return findingByContent(to, shownTo, known, moment[entity]!, differs, true)
  }

  return {
    hidden,
    counts,
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
    },
    found: (entity, to, is, behind, lookedAt, at, meetsThePast) => {
      const shownTo = shownMoment(to, lookedAt)
      const what = findingOf(entity, to, is, behind, shownTo, meetsThePast)
      if (!(to < stamp[entity]!)) hidden[entity] = behind
      switch (what) {
        case finding.fill:
          stamp[entity] = to
          version[entity] = is
          moment[entity] = shownTo
          return false
        case finding.create:
        case finding.update:
          return put(entity, to, is, shownTo, at, false, what === finding.create)
        case finding.restore:
          return put(entity, to, is, hasMoved(to, stamp[entity]!) ? shownTo : endOfSecond(to), at, false)
        case finding.refresh:
        case finding.confirm:
          return refresh(entity, to, shownTo, at)
        default:
          return false
      }
    },
    foundDeleted: (entity, to, is, lookedAt, at) =>
      gone[entity] === 1 ? false : put(entity, to, is, shownMoment(to, lookedAt), at, true),
    foundMissing: (entity, is, at) => void put(entity, stamp[entity]!, is, endOfSecond(stamp[entity]!), at, true)
  }
}
