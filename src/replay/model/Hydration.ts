/**
 * How stored events move the state: at once where they carry their content, else once it has been fetched, and in the
 * order in which the events of an entity came (receiver/inbox/threadEntry.ts and receiver/reconciliation/Hydration.ts
 * are the real ones).
 */
import { fetchAgainAfterMs, fetchedUpTo, lane, onArrival } from "../../policy/index.js"
import { status } from "./Account.js"
import { purpose, refused } from "./Calls.js"
import type { EntityColumns } from "./EntityColumns.js"
import type { EntityLanes } from "./EntityLanes.js"
import { eventKind } from "./EventKind.js"
import type { Findings } from "./Findings.js"
import { type InboxRows, rowIs } from "./InboxRows.js"
import type { ReceiverParts } from "./ReceiverParts.js"
import { routesIn } from "./Scenario.js"
import { look } from "./Tellers.js"

export interface Hydration {
  /** A row's turn has come; an older ticket counts no more. */
  readonly apply: (row: number, at: number, ticket: number) => void
  /** The content that was asked for is here. */
  readonly fetched: (row: number, at: number, ticket: number) => void
}

export const makeHydration = (
  parts: ReceiverParts & {
    readonly states: EntityColumns
    readonly findings: Findings
    readonly rows: InboxRows
    readonly lanes: EntityLanes
  }
): Hydration => {
  const { account, calls, findings, lanes, policy, queue, rows, scenario, sink, states, told } = parts
  const { callMs, entities, receiver, types } = scenario
  const anyThin = routesIn(scenario).some(({ thin }) => thin)
  const { version } = states

  const keyOfRow = (row: number): string =>
    told.keyOf(rows.entity(row), rows.stamp(row), rows.version(row), rows.is(row, rowIs.thin))
  /**
   * `carried` is the version of the content that the event shows, `null` where it shows none; `behind` counts the
   * changes of fields that no push carries, as an answer shows them, -1 without one; `seen` is the answer's stamp.
   */
  const settle = (
    row: number,
    at: number,
    carried: number | null,
    deleted: boolean,
    behind: number,
    seen: number
  ): void => {
    if (rows.is(row, rowIs.found)) findings.settle(row, at)
    else {
      const [entity, says] = [rows.entity(row), rows.is(row, rowIs.deletion) || deleted]
      const is = carried ?? version[entity]!
      const known = findings.hidden[entity]!
      const hiddenNews = behind === -1 || known === -1 ? 0 : behind - known
      const to = rows.stamp(row)
      const own = rows.moment(row)
      const when = Number.isNaN(own) ? fetchedUpTo(to, seen, at - callMs, receiver.readableWithinMs) : own
      // An answer that brings no news to a newer state is not taken up.
      if (behind !== -1 && !(to < states.stamp[entity]!)) findings.hidden[entity] = behind
      states.pushed(
        entity,
        to,
        at,
        is,
        rows.version(row),
        says,
        when,
        carried !== null,
        lookOf(row),
        hiddenNews,
        sink === null ? "" : keyOfRow(row)
      )
    }
    lanes.leave(row, rows.entity(row))
    rows.release(row)
  }
  /** It told the id only, and its content can be fetched. */
  const lacks = (row: number): boolean =>
    rows.is(row, rowIs.thin) && !rows.is(row, rowIs.found) && !rows.is(row, rowIs.deletion)
  /** Content of an event that needs no fetch. */
  const ownContent = (row: number): number | null => (rows.is(row, rowIs.thin) ? null : rows.version(row))

  /** The content of a thin event is shown by the answer to a request, but for a deletion. */
  const lookOf = (row: number): number =>
    lacks(row) ? look.item : rows.is(row, rowIs.native) ? look.native : look.push

  const fetch = (row: number, at: number): void => {
    lanes.hold(row, rows.entity(row))
    const free = calls.freeAt(at)
    if (free > at) return queue.put(free, eventKind.apply, row, rows.ticket(row))
    const what = rows.is(row, rowIs.refused) ? purpose.retry : purpose.hydration
    const done = calls.make(what, at, told.typeOf(rows.entity(row)), 200, at)
    rows.mark(row, rowIs.refused, done === refused)
    if (done === refused) return queue.put(calls.freeAt(at), eventKind.apply, row, rows.ticket(row))
    if (scenario.callMs === 0) fetched(row, done, rows.ticket(row))
    else queue.put(done, eventKind.fetched, row, rows.ticket(row))
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
      queue.put(at + fetchAgainAfterMs, eventKind.apply, row, rows.ticket(row))
      return
    }
    const carried = shows ? account.versionSeen(entity, at) : null
    const hidden = shows ? account.hiddenSeen(entity, at) : -1
    const deleted = there === status.deleted && shows
    settle(row, at, carried, deleted, hidden, seen)
    for (let behind = lanes.head(entity); behind !== -1; behind = lanes.head(entity)) {
      const step = policy.onAnswer(lacks(behind), seen, rows.stamp(behind))
      if (step === lane.fetch) return fetch(behind, at)
      if (step === lane.share) settle(behind, at, carried, deleted, hidden, seen)
      else settle(behind, at, ownContent(behind), false, -1, Number.NaN)
    }
  }

  const apply = (row: number, at: number, ticket: number): void => {
    if (rows.ticket(row) !== ticket) return
    const step = onArrival(anyThin && lanes.putBehind(row, rows.entity(row)), lacks(row))
    if (step === lane.apply) settle(row, at, ownContent(row), false, -1, Number.NaN)
    else if (step === lane.fetch) fetch(row, at)
  }

  return { apply, fetched }
}
