/** Events: changes that a provider can push, and what the receiver makes of a delivery. */
import { isRecord } from "./Json.js"
import type { EpochMillis } from "./Time.js"

export type Action = "create" | "update" | "delete"

/** `<entity>_<action>`: `ticket_create`, `deal_won`. */
export type EventName = string

export const eventName = (entity: string, action: string): EventName => `${entity}_${action}`

export const entityOf = (event: EventName): string => event.slice(0, event.lastIndexOf("_"))

export const actionOf = (event: EventName): string => event.slice(event.lastIndexOf("_") + 1)

export type Snapshot = Readonly<Record<string, unknown>>

/** A delivery as understood: one event, whatever its sender's shape was. */
export interface PushedEvent {
  readonly event: EventName
  readonly entity: string
  readonly entityId: string
  readonly updatedAt: EpochMillis | null
  readonly account: string | null
  /** The id of the agent or user who made the change, where the delivery has it. */
  readonly actor: string | null
  /** When it happened, where the delivery says so more finely than `updatedAt`, which may have whole seconds. */
  readonly occurredAt?: EpochMillis | null
  /** The route that it came by, where its source has several and the receiver has just taken it. */
  readonly route?: string
  /** Source of the snapshot, where that is not the delivery itself. */
  readonly shownBy?: "list" | "item" | "native"
  /** The fields that it says have changed; left out where it does not say. Whether all of them is the sender's word. */
  readonly changed?: ReadonlyArray<string>
  /** The provider's own entity; `null` when the delivery carries an id only and has to be hydrated. */
  readonly snapshot: Snapshot | null
}

/** How a change reached the inbox. */
export type Origin = "webhook" | "reconciliation"

/** The event that a handler is given. `before` and `after` are whole as far as the receiver has seen the entity. */
export interface WebhookEvent {
  /** Stable over retries: the idempotency key. */
  readonly id: string
  readonly source: string
  readonly event: EventName
  readonly entity: string
  readonly entityId: string
  readonly occurredAt: string | null
  readonly receivedAt: string
  readonly before: Snapshot | null
  readonly after: Snapshot | null
  readonly changed: ReadonlyArray<string>
  readonly origin: Origin
  readonly duplicateOf: string | null
  /** Older than what was known when it came: `before` and `after` are both the newer state. */
  readonly late: boolean
  /**
   * Why this event is the integration's own doing, and answering it by a write would go round in circles: its actor is
   * the service account, or the change is the last write. `null` for changes of others.
   */
  readonly echo: Echo | null
}

export type Echo = "actor" | "lastWrite"

/** Names of the top-level fields in which two snapshots differ, custom fields one by one. */
export const changedFields = (
  before: Snapshot | null,
  after: Snapshot | null,
  same: (a: unknown, b: unknown) => boolean
): Array<string> => {
  const names: Array<string> = []
  for (const key of new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])) {
    const [a, b] = [before?.[key], after?.[key]]
    if (same(a, b)) continue
    if ((key === "custom_fields" || key === "custom_field") && isRecord(a) && isRecord(b)) {
      for (const field of new Set([...Object.keys(a), ...Object.keys(b)])) {
        if (!same(a[field], b[field])) names.push(`custom_fields.${field}`)
      }
    } else names.push(key)
  }
  return names.sort()
}
