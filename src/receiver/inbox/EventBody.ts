/** The event that the handler gets, as JSON. Pure. */
import { actionOf, type WebhookEvent } from "../../domain/Event.js"
import type { HandOverRows } from "../../store/index.js"
import type { EventSnapshots } from "./EventSnapshots.js"
import { iso } from "./InboxQueries.js"

type Row = HandOverRows.HandOverRow

/**
 * From the dedupe key, not the row's number: the same event keeps it when it comes again after a purge or a restore.
 */
export const eventIdOf = ({ key }: Pick<Row, "key">): string => `evt_${key.toString("hex")}`

export const eventBodyOf = (row: Row, { after, before }: EventSnapshots): string => {
  const changed = row.changed ?? "[]"
  const late = changed === "null"
  const event: WebhookEvent = {
    id: eventIdOf(row),
    source: row.source,
    event: row.event,
    entity: row.entity,
    entityId: row.entityId,
    occurredAt: iso(row.updatedAt),
    receivedAt: iso(row.receivedAt)!,
    // A creation has nothing before it, although a sweep may have shown the entity by then.
    before: actionOf(row.event) === "create" ? null : before,
    after,
    changed: late ? [] : (JSON.parse(changed) as Array<string>),
    origin: row.origin,
    duplicateOf: null,
    late,
    echo: row.echo
  }
  return JSON.stringify(event)
}
