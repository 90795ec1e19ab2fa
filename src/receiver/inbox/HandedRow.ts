/** A row of the hand-over's queue, and the event that the handler gets of it. Pure. */
import { actionOf, type Echo, type Origin, type WebhookEvent } from "../../domain/Event.js"
import type { EventSnapshots } from "./EventSnapshots.js"
import { iso } from "./InboxQueries.js"

export interface EntityKey {
  readonly source: string
  readonly entity: string
  readonly entityId: string
}

export interface Row extends EntityKey {
  readonly id: number
  readonly origin: Origin
  readonly event: string
  readonly updatedAt: number | null
  readonly receivedAt: number
  readonly before: Buffer | null
  readonly after: Buffer | null
  readonly undo: Buffer | null
  readonly changed: string | null
  readonly echo: Echo | null
  readonly attempts: number
  readonly key: Buffer
}

export const columns = `id, source, origin, event, entity, entity_id AS entityId, updated_at AS updatedAt, received_at AS receivedAt,
  before, after, undo, changed, echo, attempts, dedupe_key AS key`

export const keyOf = (row: EntityKey): string => `${row.source}\0${row.entity}\0${row.entityId}`

/** Of the duplicate key, not of the row's number: the same event keeps it when it comes again after a purge or a restore. */
export const eventIdOf = (row: Row): string => `evt_${row.key.toString("hex")}`

export const bodyOf = (row: Row, { after, before }: EventSnapshots): string => {
  const changed = row.changed ?? "[]"
  const late = changed === "null"
  const handed: WebhookEvent = {
    id: eventIdOf(row),
    source: row.source,
    event: row.event,
    entity: row.entity,
    entityId: row.entityId,
    occurredAt: iso(row.updatedAt),
    receivedAt: iso(row.receivedAt)!,
    // What is made had nothing before it, whatever a sweep had shown of it by then.
    before: actionOf(row.event) === "create" ? null : before,
    after,
    changed: late ? [] : (JSON.parse(changed) as Array<string>),
    origin: row.origin,
    duplicateOf: null,
    late,
    echo: row.echo
  }
  return JSON.stringify(handed)
}
