/**
 * An inbox as a history (docs/replay.md, "Histories"): deliveries stored, events that moved the state, events handed
 * over. Purged deliveries are not in it, and refused ones never were.
 */

import { actionOf } from "../../domain/Event.js"
import type { HistoryLine } from "../../domain/History.js"
import { EntityStateRows, HistoryRows } from "../../store/index.js"
import type { InboxFile } from "./InboxFile.js"

/** One history for each source, line by line. */
export const inboxHistory = function* ({ database }: Pick<InboxFile, "database">): Generator<HistoryLine> {
  for (const source of HistoryRows.sources(database).all()) yield* historyOf(database, source)
}

const historyOf = function* (database: InboxFile["database"], source: string): Generator<HistoryLine> {
  const span = HistoryRows.span(database).get(source)!
  yield {
    k: "begin",
    version: 1,
    of: "receiver",
    account: source,
    from: span.first,
    to: span.last,
    // Whatever arrives last has not been handed over yet while the receiver runs.
    settled: false,
    retries: null,
    limit: null,
    types: [],
    pollers: []
  }
  const counts = { stored: 0, duplicates: 0, applied: 0 }
  for (const row of HistoryRows.deliveries(database).iterate(source)) {
    const key = row.key.toString("hex")
    const named = { entity: row.entity ?? "", id: row.entityId ?? "", updatedAt: row.updatedAt }
    counts.stored += 1
    yield { k: "stored", t: row.receivedAt, key, origin: row.origin, ...named }
    // Its copies are counted with the delivery that had told of the same change before.
    if (row.duplicateOf !== null) {
      yield { k: "setAside", t: row.receivedAt, key, state: "duplicate" }
      continue
    }
    for (let copy = 0; copy < row.duplicates; copy++) {
      counts.duplicates += 1
      yield { k: "duplicate", t: row.receivedAt, key }
    }
    if (row.state === "quarantined") {
      yield { k: "setAside", t: row.receivedAt, key, state: "quarantined" }
      continue
    }
    if (row.applied === 1) {
      counts.applied += 1
      yield {
        k: "applied",
        t: row.receivedAt,
        key,
        ...named,
        origin: row.origin,
        late: row.changed === "null",
        deletion: row.event !== null && actionOf(row.event) === "delete",
        moment: row.occurredAt
      }
    }
    if (row.state === "delivered") yield { k: "handed", t: row.deliveredAt ?? row.receivedAt, key }
    if (row.state === "dead") yield { k: "setAside", t: row.receivedAt, key, state: "dead" }
  }
  for (const { deleted, ...state } of EntityStateRows.statesOfSource(database).iterate(source))
    yield { k: "state", ...state, deleted: deleted === 1 }
  yield { k: "end", ...counts, attempts: 0, pollingCalls: 0, webhookCalls: 0 }
}
