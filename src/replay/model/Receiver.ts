/**
 * The receiver as a state machine: duplicates, the inbox, the order of an entity's events, fetches for thin events, the entity
 * state. The differential test checks what the real one does with the same deliveries. A delivery that is whole and applied at
 * once costs some 100 ns.
 */
import { fetchAgainAfterMs, lane, onAnswer, onArrival } from "../../policy/index.js"
import { status } from "./Account.js"
import { purpose, refused } from "./Calls.js"
import { makeEntityColumns } from "./EntityColumns.js"
import { type Findings, makeFindings } from "./Findings.js"
import { makeInboxRows, rowIs } from "./InboxRows.js"
import { kind } from "./Kinds.js"
import type { ReceiverParts } from "./ReceiverParts.js"
import { makeRecentKeys } from "./RecentKeys.js"
import { makeUnderWay } from "./UnderWay.js"

export interface Receiver extends Pick<Findings, "found" | "foundDeleted" | "foundMissing"> {
  readonly stamp: Float64Array
  readonly version: Int32Array
  readonly counts: () => { stored: number; duplicates: number; rejected: number; applied: number }
  readonly deliver: (push: number, at: number) => void
  readonly onDisk: (arrival: number, at: number) => void
  readonly apply: (row: number, at: number, ticket: number) => void
  readonly fetched: (row: number, at: number, ticket: number) => void
  readonly knows: (entity: number) => boolean
  readonly isGone: (entity: number) => boolean
  /** The process ends: what was not on the disk is lost, senders see their connection cut. */
  readonly stop: (at: number) => void
  /** It begins again with what is on the disk. */
  readonly start: (at: number) => void
}

export const makeReceiver = (parts: ReceiverParts): Receiver => {
  const { account, calls, judge, policy, queue, scenario, sink, told } = parts
  const { delivery, entities, receiver, types } = scenario
  const states = makeEntityColumns({ scenario, judge, policy, sink, told })
  const { gone, stamp, version } = states
  const rows = makeInboxRows(entities.count)
  const keys = makeRecentKeys(receiver.rememberMs)
  const findings = makeFindings({ scenario, states, keys, rows, judge, policy, sink, told })
  const counts = { stored: 0, duplicates: 0, rejected: 0 }
  const simple = !delivery.bare && receiver.applyMs === 0

  const keyOfRow = (row: number): string => told.keyOf(rows.entity(row), rows.stamp(row), rows.version(row))
  /** `carried` is the version of the content that the event shows; `null` where it shows none. */
  const settle = (row: number, at: number, carried: number | null, deleted: boolean): void => {
    if (rows.is(row, rowIs.found)) findings.settle(row, at)
    else {
      const [entity, says] = [rows.entity(row), rows.is(row, rowIs.deletion) || deleted]
      const is = carried ?? version[entity]!
      states.pushed(entity, rows.stamp(row), at, is, rows.version(row), says, rows.moment(row), carried !== null)
    }
    rows.release(row)
  }
  /** It told the id only, and its content can be fetched. */
  const lacks = (row: number): boolean => delivery.bare && !rows.is(row, rowIs.found) && !rows.is(row, rowIs.deletion)
  /** What an event that is not fetched for carries. */
  const ownContent = (row: number): number | null => (delivery.bare ? null : rows.version(row))

  const fetch = (row: number, at: number): void => {
    rows.hold(row)
    const free = calls.freeAt(at)
    if (free > at) return queue.put(free, kind.apply, row, rows.ticket(row))
    const what = rows.is(row, rowIs.refused) ? purpose.retry : purpose.hydration
    const done = calls.make(what, at, told.typeOf(rows.entity(row)), 200, at)
    rows.mark(row, rowIs.refused, done === refused)
    if (done === refused) return queue.put(calls.freeAt(at), kind.apply, row, rows.ticket(row))
    if (scenario.callMs === 0) fetched(row, done, rows.ticket(row))
    else queue.put(done, kind.fetched, row, rows.ticket(row))
  }

  const fetched = (row: number, at: number, ticket: number): void => {
    if (rows.ticket(row) !== ticket) return
    const entity = rows.entity(row)
    const there = account.stateSeen(entity, at)
    // Some products still show a deleted entity by itself.
    const shows =
      there === status.live ||
      (there === status.deleted && types[entities.type[entity]!]!.sweep.hidden.includes("deleted"))
    const seen = shows ? account.stampSeen(entity, at) : Number.NaN
    if (sink !== null) sink({ k: "fetched", t: at, key: keyOfRow(row), updatedAt: shows ? seen : null })
    if (policy.fetchAgain(seen, rows.stamp(row), rows.countFetch(row))) {
      queue.put(at + fetchAgainAfterMs, kind.apply, row, rows.ticket(row))
      return
    }
    const carried = shows ? account.versionSeen(entity, at) : null
    if (shows) findings.hidden[entity] = account.hiddenSeen(entity, at)
    const deleted = there === status.deleted && shows
    settle(row, at, carried, deleted)
    for (let behind = rows.head(entity); behind !== -1; behind = rows.head(entity)) {
      const step = onAnswer(lacks(behind), seen, rows.stamp(behind))
      if (step === lane.fetch) return fetch(behind, at)
      if (step === lane.share) settle(behind, at, carried, deleted)
      else settle(behind, at, ownContent(behind), false)
    }
  }

  const apply = (row: number, at: number, ticket: number): void => {
    if (rows.ticket(row) !== ticket) return
    const step = onArrival(delivery.bare && rows.putBehind(row), lacks(row))
    if (step === lane.apply) settle(row, at, ownContent(row), false)
    else if (step === lane.fetch) fetch(row, at)
  }

  /** On the disk: an event, or a copy of one. */
  const store = (entity: number, to: number, is: number, deletion: boolean, when: number, at: number): void => {
    if (keys.seen(entity, policy.identityWithin(to, is), at)) {
      counts.duplicates += 1
      if (sink !== null) sink({ k: "duplicate", t: at, key: told.keyOf(entity, to, is) })
      return
    }
    counts.stored += 1
    if (sink !== null) {
      const [key, type, id] = [told.keyOf(entity, to, is), told.typeOf(entity), told.idOf(entity)]
      sink({ k: "stored", t: at, key, origin: "webhook", entity: type, id, updatedAt: to })
    }
    if (simple) return states.pushed(entity, to, at, is, is, deletion, when, true)
    const row = rows.add(entity, to, is, deletion ? rowIs.deletion : 0, when)
    if (receiver.applyMs === 0) apply(row, at, rows.ticket(row))
    else queue.put(at + receiver.applyMs, kind.apply, row, rows.ticket(row))
  }

  const underWay = makeUnderWay(parts, store, () => {
    counts.rejected += 1
  })

  return {
    stamp,
    version,
    counts: () => ({
      stored: counts.stored + findings.counts.stored,
      duplicates: counts.duplicates + findings.counts.duplicates + states.counts.duplicates,
      rejected: counts.rejected,
      applied: states.counts.applied
    }),
    deliver: underWay.deliver,
    onDisk: underWay.onDisk,
    apply,
    fetched,
    found: findings.found,
    foundDeleted: findings.foundDeleted,
    foundMissing: findings.foundMissing,
    knows: (entity) => !Number.isNaN(stamp[entity]!),
    isGone: (entity) => gone[entity] === 1,
    stop: (at) => {
      underWay.cut(at)
      // Rows are numbered from 1; the newest one's number only has to be higher than the first.
      rows.suspend(policy.startsBehind(1) === 0)
      if (sink !== null) sink({ k: "receiver", t: at, is: "down" })
    },
    start: (at) => {
      if (sink !== null) sink({ k: "receiver", t: at, is: "up" })
      rows.resume((row) => queue.put(at, kind.apply, row, rows.ticket(row)))
    }
  }
}
