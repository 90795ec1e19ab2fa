/**
 * The receiver as a state machine: duplicates, the inbox, the order of an entity's events, what is fetched for an event
 * that lacks it, the entity state. What the real one does with the same deliveries is checked by the differential test.
 * A delivery that is whole and applied at once costs some 100 ns.
 */
import { endOfSecond, shownUpTo } from "../../domain/EventOrder.js"
import type { HistorySink } from "../../domain/History.js"
import { type Account, status } from "./Account.js"
import { type Calls, purpose } from "./Calls.js"
import type { Draw } from "./Draws.js"
import type { EventQueue } from "./EventQueue.js"
import { makeInboxRows } from "./InboxRows.js"
import type { Judge } from "./Judge.js"
import { kind } from "./Kinds.js"
import type { Pushes, Weather } from "./Pushes.js"
import { makeRecentKeys } from "./RecentKeys.js"
import type { Rules } from "./Rules.js"
import type { Scenario } from "./Scenario.js"
import type { Told } from "./Told.js"

export interface Receiver {
  readonly stamp: Float64Array
  readonly version: Int32Array
  readonly counts: { stored: number; duplicates: number; rejected: number; applied: number }
  readonly deliver: (push: number, at: number) => void
  readonly onDisk: (arrival: number, at: number) => void
  readonly apply: (row: number, at: number, ticket: number) => void
  readonly fetched: (row: number, at: number, ticket: number) => void
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
  /** No list shows it any more, nor does it itself: whoever deleted it said no moment. */
  readonly foundMissing: (entity: number, version: number, at: number) => void
  readonly knows: (entity: number) => boolean
  readonly isGone: (entity: number) => boolean
  /** The process ends: what was not on the disk is lost, senders see their connection cut. */
  readonly stop: (at: number) => void
  /** It begins again with what is on the disk. */
  readonly start: (at: number) => void
}

/** What is older than the delivery that asked for it is asked for again after so long (receiver/reconciliation/Hydration.ts). */
const fetchAgainMs = 2_000
/** How much later than in time a slow delivery reaches the disk, at most. */
const slowestMs = 60_000

export const makeReceiver = (parts: {
  readonly scenario: Scenario
  readonly account: Account
  readonly pushes: Pushes
  readonly calls: Calls
  readonly queue: EventQueue
  readonly judge: Judge
  readonly weather: Weather
  readonly rules: Rules
  readonly drawSlow: Draw
  readonly sink: HistorySink | null
  readonly told: Told
}): Receiver => {
  const { account, calls, judge, pushes, queue, rules, scenario, sink, told, weather } = parts
  const { delivery, entities, faults, receiver, types } = scenario
  const stamp = new Float64Array(entities.count).fill(Number.NaN)
  const moment = new Float64Array(entities.count).fill(Number.NaN)
  const version = new Int32Array(entities.count)
  const gone = new Uint8Array(entities.count)
  /** Changes of fields that no push carries, as far as a read showed them; -1 where none did. */
  const hidden = new Int32Array(entities.count).fill(-1)
  // Who told of an entity's last change and of its creation (receiver/inbox/AlreadyTold.ts).
  const toldStamp = new Float64Array(entities.count).fill(Number.NaN)
  const toldByList = new Uint8Array(entities.count)
  const createdTold = new Uint8Array(entities.count)
  const toldKeys = sink === null ? null : new Map<number, string>()
  const createdKeys = sink === null ? null : new Map<number, string>()
  const beganAt = Math.floor(scenario.from / 1_000) * 1_000
  const keys = makeRecentKeys(receiver.rememberMs)
  const rows = makeInboxRows(entities.count)
  const counts = { stored: 0, duplicates: 0, rejected: 0, applied: 0 }
  let foundKey = ""
  const simple = !delivery.bare && receiver.applyMs === 0

  const isCreation = (entity: number, named: number): boolean => named === 1 && Number.isNaN(entities.stamp[entity]!)

  /** Whether a push tells of a change that another event has told of; if so it is counted with that one. */
  const isDuplicate = (
    entity: number,
    to: number,
    is: number,
    named: number,
    says: boolean,
    when: number,
    at: number
  ) => {
    const known = stamp[entity]!
    if (Number.isNaN(known)) return false
    const creation = !says && gone[entity] === 0 && createdTold[entity] === 1 && isCreation(entity, named)
    const again = says
      ? gone[entity] === 1
      : gone[entity] === 0 &&
        (creation
          ? to <= known || is === version[entity]
          : to === known && to === toldStamp[entity] && toldByList[entity] === 1 && is === version[entity])
    if (!again) return false
    if (to > known) {
      stamp[entity] = toldStamp[entity] = to
      moment[entity] = when
      sink?.({ k: "refreshed", t: at, entity: told.typeOf(entity), id: told.idOf(entity), updatedAt: to })
    } else if (to === known && !(when <= moment[entity]!)) moment[entity] = Number.isNaN(when) ? moment[entity]! : when
    counts.duplicates += 1
    sink?.({ k: "duplicate", t: at, key: (creation ? createdKeys : toldKeys)?.get(entity) ?? "" })
    return true
  }

  /** `is` is the version that its content has, `named` the one that the event was made for. */
  const move = (
    entity: number,
    to: number,
    at: number,
    is: number,
    named: number,
    says: boolean,
    when: number,
    byPush: boolean,
    creation: boolean
  ): void => {
    const late = rules.isLate(to, when, stamp[entity]!, moment[entity]!)
    counts.applied += 1
    const key = sink === null ? "" : byPush ? told.keyOf(entity, to, named) : foundKey
    if (!says && creation) {
      createdTold[entity] = 1
      createdKeys?.set(entity, key)
    }
    if (!late) {
      toldStamp[entity] = to
      toldByList[entity] = byPush ? 0 : 1
      toldKeys?.set(entity, key)
      stamp[entity] = to
      moment[entity] = when
      version[entity] = is
      gone[entity] = rules.isGone(says) ? 1 : 0
      judge.arrived(entity, to, at, byPush, gone[entity] === 1)
      const of = entities.parent[entity]!
      if (of !== -1 && types[entities.type[entity]!]!.touches) judge.touched(of, to, at, byPush)
    }
    if (sink === null) return
    sink({
      k: "applied",
      t: at,
      key,
      entity: told.typeOf(entity),
      id: told.idOf(entity),
      updatedAt: to,
      origin: byPush ? "webhook" : "reconciliation",
      late,
      deletion: says,
      moment: Number.isNaN(when) ? null : when
    })
    sink({ k: "handed", t: at, key })
  }

  /** What a push tells, unless another event has told of it. */
  const tell = (
    entity: number,
    to: number,
    at: number,
    is: number,
    named: number,
    says: boolean,
    when: number
  ): void => {
    if (isDuplicate(entity, to, is, named, says, when, at))
      sink?.({ k: "setAside", t: at, key: told.keyOf(entity, to, named), state: "duplicate" })
    else move(entity, to, at, is, named, says, when, true, isCreation(entity, named))
  }

  const fetch = (row: number, at: number): void => {
    const done = calls.make(purpose.hydration, at, told.typeOf(rows.entity(row)), 200, at)
    if (scenario.callMs === 0) fetched(row, done, rows.ticket(row))
    else queue.put(done, kind.fetched, row, rows.ticket(row))
  }

  const fetched = (row: number, at: number, ticket: number): void => {
    if (rows.ticket(row) !== ticket) return
    const entity = rows.entity(row)
    const there = account.stateSeen(entity, at)
    const seen = there === status.absent ? Number.NaN : account.stampSeen(entity, at)
    if (sink !== null) sink({ k: "fetched", t: at, key: keyOfRow(row), updatedAt: Number.isNaN(seen) ? null : seen })
    if (rules.fetchAgain(seen, rows.stamp(row), rows.countFetch(row))) {
      queue.put(at + fetchAgainMs, kind.apply, row, rows.ticket(row))
      return
    }
    const carried = account.versionSeen(entity, at)
    hidden[entity] = account.hiddenSeen(entity, at)
    // Some products still show what was deleted; what others do not show any more stays as it is known.
    const shown = types[entities.type[entity]!]!.sweep.hidden.includes("deleted")
    const deleted = there === status.deleted && (shown || gone[entity] === 1)
    settle(row, at, carried, deleted)
    // What waited behind it is told by the same answer, where that is as new.
    for (let behind = rows.head(entity); behind !== -1; behind = rows.head(entity)) {
      if (!(seen >= rows.stamp(behind))) return fetch(behind, at)
      settle(behind, at, carried, deleted)
    }
  }

  const keyOfRow = (row: number): string => told.keyOf(rows.entity(row), rows.stamp(row), rows.version(row))
  const settle = (row: number, at: number, carried: number, deleted: boolean): void => {
    const entity = rows.entity(row)
    const [to, named, moment, says] = [rows.stamp(row), rows.version(row), rows.moment(row), rows.deletion(row)]
    tell(entity, to, at, carried, named, says || deleted, moment)
    rows.release(row)
  }

  const apply = (row: number, at: number, ticket: number): void => {
    if (rows.ticket(row) !== ticket) return
    if (!delivery.bare) return settle(row, at, rows.version(row), false)
    if (rows.waitFor(row)) fetch(row, at)
  }

  /** On its way to the disk; what it says is kept here, since its sender may have gone on by then. */
  interface UnderWay {
    readonly push: number
    readonly entity: number
    readonly stamp: number
    readonly version: number
    readonly deletion: boolean
    readonly moment: number
    /** Its sender knows already, or waits no longer. */
    readonly answered: boolean
  }
  let underWay = new Map<number, UnderWay>()
  let arrivals = 0

  const store = (entity: number, to: number, is: number, deletion: boolean, when: number, at: number): void => {
    if (keys.seen(entity, rules.keyOf(to, is), at)) {
      counts.duplicates += 1
      if (sink !== null) sink({ k: "duplicate", t: at, key: told.keyOf(entity, to, is) })
      return
    }
    counts.stored += 1
    if (sink !== null) tellStored(entity, to, is, at, true)
    if (simple) return tell(entity, to, at, is, is, deletion, when)
    const row = rows.add(entity, to, is, deletion, when)
    if (receiver.applyMs === 0) apply(row, at, rows.ticket(row))
    else queue.put(at + receiver.applyMs, kind.apply, row, rows.ticket(row))
  }

  const tellStored = (entity: number, to: number, is: number, at: number, byPush: boolean): void =>
    sink?.({
      k: "stored",
      t: at,
      key: byPush ? told.keyOf(entity, to, is) : foundKey,
      origin: byPush ? "webhook" : "reconciliation",
      entity: told.typeOf(entity),
      id: told.idOf(entity),
      updatedAt: to
    })

  const shownMoment = (to: number, lookedAt: number): number => shownUpTo(to, lookedAt, receiver.readableWithinMs)

  const reconciled = (
    entity: number,
    to: number,
    is: number,
    when: number,
    at: number,
    says: boolean,
    creation = false
  ): boolean => {
    counts.stored += 1
    const whole = types[entities.type[entity]!]!.wholePushes === true && !says
    const first = whole && !keys.seen(entity, rules.keyOf(to, is), at)
    if (sink !== null) {
      // What a sweep finds is told apart by what it was compared with: the same may be found again after something else.
      foundKey = first ? told.keyOf(entity, to, is) : `${told.keyOf(entity, to, is)} over ${counts.applied}`
      tellStored(entity, to, is, at, false)
    }
    move(entity, to, at, is, is, says, when, false, creation)
    return true
  }

  return {
    stamp,
    version,
    counts,
    deliver: (push, at) => {
      if (weather.receiverDown > 0) return pushes.answered(push, at, false)
      if (weather.secretRotated > 0) {
        counts.rejected += 1
        return pushes.answered(push, at, false)
      }
      const slow = faults.slowAck > 0 && parts.drawSlow() < faults.slowAck
      const diskMs = receiver.commitMs + (slow ? delivery.ackWithinMs + parts.drawSlow() * slowestMs : 0)
      const entity = pushes.entity(push)
      const to = pushes.stamp(push)
      const is = pushes.version(push)
      if (diskMs === 0) {
        store(entity, to, is, pushes.deletion(push), pushes.moment(push), at)
        return pushes.answered(push, at, true)
      }
      const early = rules.answeredAt(at, at + diskMs) < at + diskMs
      const tooLate = diskMs > delivery.ackWithinMs
      const number = arrivals++
      underWay.set(number, {
        push,
        entity,
        stamp: to,
        version: is,
        deletion: pushes.deletion(push),
        moment: pushes.moment(push),
        answered: early || tooLate
      })
      queue.put(at + diskMs, kind.onDisk, number, 0)
      if (early) pushes.answered(push, at, true)
      // A sender that waits no longer tries again; what it sent reaches the disk all the same.
      else if (tooLate) queue.put(at + delivery.ackWithinMs, kind.tooLate, push, 0)
    },
    onDisk: (number, at) => {
      const arrived = underWay.get(number)
      if (arrived === undefined) return
      underWay.delete(number)
      store(arrived.entity, arrived.stamp, arrived.version, arrived.deletion, arrived.moment, at)
      if (!arrived.answered) pushes.answered(arrived.push, at, true)
    },
    apply,
    fetched,
    found: (entity, to, is, behind, lookedAt, at, meetsThePast) => {
      const known = stamp[entity]!
      const differs = is !== version[entity] || (hidden[entity] !== -1 && behind !== hidden[entity])
      if (Number.isNaN(known) || to >= known) hidden[entity] = behind
      if (Number.isNaN(known) && meetsThePast && to < beganAt) {
        stamp[entity] = to
        version[entity] = is
        moment[entity] = shownMoment(to, lookedAt)
        return false
      }
      if (Number.isNaN(known)) {
        const creation = Number.isNaN(entities.stamp[entity]!)
        return reconciled(entity, to, is, shownMoment(to, lookedAt), at, false, creation)
      }
      if (to < known) return false
      const moved = to > known
      if (gone[entity] === 1 && !moved) {
        // It was taken for gone, and a list shows it: it is back, unless the list is older than that.
        if (lookedAt - to < receiver.readableWithinMs) return false
        return reconciled(entity, to, is, endOfSecond(to), at, false)
      }
      if (differs) return reconciled(entity, to, is, shownMoment(to, lookedAt), at, false)
      if (moved || Number.isNaN(moment[entity]!)) moment[entity] = shownMoment(to, lookedAt)
      if (!moved) return false
      stamp[entity] = to
      if (sink !== null)
        sink({ k: "refreshed", t: at, entity: told.typeOf(entity), id: told.idOf(entity), updatedAt: to })
      judge.arrived(entity, to, at, false, false)
      return true
    },
    foundDeleted: (entity, to, is, lookedAt, at) =>
      gone[entity] === 1 ? false : reconciled(entity, to, is, shownMoment(to, lookedAt), at, true),
    foundMissing: (entity, is, at) =>
      void reconciled(entity, stamp[entity]!, is, endOfSecond(stamp[entity]!), at, true),
    knows: (entity) => !Number.isNaN(stamp[entity]!),
    isGone: (entity) => gone[entity] === 1,
    stop: (at) => {
      const lost = underWay
      underWay = new Map()
      for (const { answered, push } of lost.values()) if (!answered) pushes.answered(push, at, false)
      rows.suspend(rules.survivesRestart())
      if (sink !== null) sink({ k: "receiver", t: at, is: "down" })
    },
    start: (at) => {
      if (sink !== null) sink({ k: "receiver", t: at, is: "up" })
      rows.resume((row) => queue.put(at, kind.apply, row, rows.ticket(row)))
    }
  }
}
