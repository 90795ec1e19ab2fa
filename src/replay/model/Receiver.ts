/**
 * The receiver as a state machine: duplicates, the inbox, the order of an entity's events, fetches for thin events, the
 * entity state. The differential test checks what the real one does with the same deliveries. A delivery that is whole
 * and applied at once costs some 100 ns.
 */
import { type EntityColumns, makeEntityColumns } from "./EntityColumns.js"
import { makeEntityLanes } from "./EntityLanes.js"
import { eventKind } from "./EventKind.js"
import { type Findings, makeFindings } from "./Findings.js"
import { makeHydration } from "./Hydration.js"
import { makeInboxRows, rowIs } from "./InboxRows.js"
import type { ReceiverParts } from "./ReceiverParts.js"
import { makeRecentKeys } from "./RecentKeys.js"
import { routesIn } from "./Scenario.js"
import { look } from "./Tellers.js"
import { makeUnderWay } from "./UnderWay.js"

export interface Receiver extends Pick<Findings, "found" | "foundDeleted" | "foundMissing"> {
  readonly stamp: Float64Array
  readonly version: Int32Array
  readonly touchedAt: Float64Array
  readonly told: EntityColumns["told"]
  readonly counts: () => { stored: number; duplicates: number; rejected: number; applied: number }
  readonly deliver: (push: number, at: number) => void
  readonly onDisk: (arrival: number, at: number) => void
  readonly apply: (row: number, at: number, ticket: number) => void
  readonly fetched: (row: number, at: number, ticket: number) => void
  readonly knows: (entity: number) => boolean
  readonly isGone: (entity: number) => boolean
  /** The process ends: deliveries that are not on the disk are lost, and senders see their connection cut. */
  readonly stop: (at: number) => void
  /** It begins again with what is on the disk. */
  readonly start: (at: number) => void
}

export const makeReceiver = (parts: ReceiverParts): Receiver => {
  const { scorer, policy, queue, scenario, sink, told } = parts
  const { entities, receiver } = scenario
  const routes = routesIn(scenario)
  const states = makeEntityColumns({ createdAt: parts.account.createdAt, scenario, scorer, policy, sink, told })
  const { gone, stamp, touchedAt, version } = states
  const rows = makeInboxRows()
  const lanes = makeEntityLanes(entities.count)
  const keys = makeRecentKeys(receiver.rememberMs)
  /** Those of thin events: without content, no whole one has theirs. */
  const thinKeys = makeRecentKeys(receiver.rememberMs)
  const findings = makeFindings({ scenario, states, keys, rows, lanes, scorer, policy, sink, told })
  const counts = { stored: 0, duplicates: 0, rejected: 0 }
  const simple = receiver.applyMs === 0 && !routes.some(({ thin }) => thin)

  const { apply, fetched } = makeHydration({ ...parts, states, findings, rows, lanes })

  /** On the disk: an event, or a copy of one. */
  const store = (
    entity: number,
    to: number,
    is: number,
    deletion: boolean,
    when: number,
    at: number,
    route: number
  ): void => {
    const { native = false, thin } = routes[route]!
    if ((thin ? thinKeys : keys).seen(entity, policy.identityWithin(to, is), at)) {
      counts.duplicates += 1
      if (sink !== null) sink({ k: "duplicate", t: at, key: told.keyOf(entity, to, is, thin) })
      return
    }
    counts.stored += 1
    const key = sink === null ? "" : told.keyOf(entity, to, is, thin)
    if (sink !== null) {
      const [type, id] = [told.typeOf(entity), told.idOf(entity)]
      sink({ k: "stored", t: at, key, origin: "webhook", entity: type, id, updatedAt: to })
    }
    const by = native ? look.native : look.push
    if (simple) return states.pushed(entity, to, at, is, is, deletion, when, true, by, 0, key)
    const marks = (deletion ? rowIs.deletion : 0) | (thin ? rowIs.thin : 0) | (native ? rowIs.native : 0)
    const row = rows.add(entity, to, is, marks, when)
    if (receiver.applyMs === 0) apply(row, at, rows.ticket(row))
    else queue.put(at + receiver.applyMs, eventKind.apply, row, rows.ticket(row))
  }

  const underWay = makeUnderWay(parts, store, () => {
    counts.rejected += 1
  })

  return {
    stamp,
    version,
    touchedAt,
    told: states.told,
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
      const kept = policy.startsBehind(1) === 0
      rows.suspend((row) => {
        lanes.dissolve(row, rows.entity(row))
        if (!kept) rows.release(row)
      })
      if (sink !== null) sink({ k: "receiver", t: at, is: "down" })
    },
    start: (at) => {
      if (sink !== null) sink({ k: "receiver", t: at, is: "up" })
      rows.resume((row) => queue.put(at, eventKind.apply, row, rows.ticket(row)))
    }
  }
}
