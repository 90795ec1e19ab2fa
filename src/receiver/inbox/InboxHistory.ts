/**
 * An inbox as a history (docs/replay.md, "Histories"): what was stored, what moved the state, what was handed over. What was
 * purged is not in it; what reached the receiver and was refused is neither.
 */

import { actionOf } from "../../domain/Event.js"
import type { HistoryLine } from "../../domain/History.js"
import type { InboxFile } from "./InboxFile.js"

interface Row {
  readonly origin: "webhook" | "reconciliation"
  readonly event: string | null
  readonly entity: string | null
  readonly entityId: string | null
  readonly updatedAt: number | null
  readonly occurredAt: number | null
  readonly receivedAt: number
  readonly deliveredAt: number | null
  readonly state: "stored" | "delivered" | "dead" | "quarantined"
  readonly applied: number
  readonly changed: string | null
  readonly duplicates: number
  readonly duplicateOf: number | null
  readonly key: Buffer
}

/** One history for each source, line by line. */
export const inboxHistory = function* ({ database }: Pick<InboxFile, "database">): Generator<HistoryLine> {
  const sources = database
    .prepare("SELECT DISTINCT source FROM delivery ORDER BY source")
    .pluck()
    .all() as Array<string>
  for (const source of sources) yield* historyOf(database, source)
}

const historyOf = function* (database: InboxFile["database"], source: string): Generator<HistoryLine> {
  const span = database
    .prepare("SELECT min(received_at) AS first, max(received_at) AS last FROM delivery WHERE source = ?")
    .get(source) as { first: number; last: number }
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
  const rows = database
    .prepare(
      `SELECT origin, event, entity, entity_id AS entityId, updated_at AS updatedAt, occurred_at AS occurredAt,
         received_at AS receivedAt, delivered_at AS deliveredAt, state, applied, changed, duplicates, duplicate_of AS duplicateOf, dedupe_key AS key
       FROM delivery WHERE source = ? ORDER BY id`
    )
    .iterate(source) as Iterable<Row>
  const counts = { stored: 0, duplicates: 0, applied: 0 }
  for (const row of rows) {
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
  const states = database
    .prepare(
      "SELECT entity, entity_id AS id, updated_at AS updatedAt, deleted FROM entity_state WHERE source = ? ORDER BY id"
    )
    .iterate(source) as Iterable<{ entity: string; id: string; updatedAt: number | null; deleted: number }>
  for (const { deleted, ...state } of states) yield { k: "state", ...state, deleted: deleted === 1 }
  yield { k: "end", ...counts, attempts: 0, pollingCalls: 0, webhookCalls: 0 }
}
