/** Which deliveries a person or a command means, as SQL over `delivery`. */
import type { EpochMillis } from "../../domain/Time.js"

export type DeliveryState = "stored" | "delivered" | "dead" | "quarantined"

export interface InboxFilter {
  readonly state?: DeliveryState
  readonly source?: string
  readonly entity?: string
  readonly entityId?: string
  readonly event?: string
  /** Received at or after, and before. */
  readonly from?: EpochMillis
  readonly to?: EpochMillis
}

export interface Where {
  readonly sql: string
  readonly values: Readonly<Record<string, string | number>>
}

/** The state is written out, so that the index of the few deliveries that need attention serves. */
export const whereOf = (filter: InboxFilter): Where => {
  const parts: Array<string> = []
  const values: Record<string, string | number> = {}
  const add = (sql: string, name: string, value: string | number | undefined): void => {
    if (value === undefined) return
    parts.push(sql)
    values[name] = value
  }
  if (filter.state !== undefined) parts.push(`state = '${filter.state}'`)
  // SQLite takes the index of these few rows for this very text only.
  if (filter.state === "dead" || filter.state === "quarantined") parts.push("state IN ('dead', 'quarantined')")
  add("source = @source", "source", filter.source)
  add("entity = @entity", "entity", filter.entity)
  add("entity_id = @entityId", "entityId", filter.entityId)
  add("event = @event", "event", filter.event)
  add("received_at >= @from", "from", filter.from)
  add("received_at < @to", "to", filter.to)
  return { sql: parts.length === 0 ? "1" : parts.join(" AND "), values }
}
