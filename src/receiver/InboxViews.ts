/** What people and commands see of the inbox, and the one thing they may do: have a dead letter delivered again. */
import type { Origin } from "../domain/Event.js"
import type { EpochMillis } from "../domain/Time.js"
import type { Database } from "../store/index.js"
import type { DeliveryState, InboxLine } from "./Delivery.js"
import type { Seal } from "./SealedBodies.js"

export interface InboxViews {
  readonly list: (
    limit: number,
    filter?: { readonly state?: DeliveryState; readonly source?: string }
  ) => ReadonlyArray<InboxLine>
  readonly show: (id: number) =>
    | (InboxLine & {
        readonly origin: Origin
        readonly attempts: number
        readonly lastError: string | null
        readonly body: string
      })
    | null
  readonly retry: (id: number) => boolean
  readonly counts: () => Readonly<Record<DeliveryState, number>>
}

export const iso = (at: EpochMillis | null): string | null => (at === null ? null : new Date(at).toISOString())

const lineColumns = `id, source, event, entity, entity_id AS entityId, updated_at AS updatedAt, received_at AS receivedAt, state,
    duplicates, lower(hex(body_sha256)) AS bodySha256`

const toLine = (row: Record<string, unknown>): InboxLine =>
  ({
    ...row,
    updatedAt: iso(row["updatedAt"] as number | null),
    receivedAt: iso(row["receivedAt"] as number)
  }) as InboxLine

export const openViews = (database: Database, sealed: Seal): InboxViews => ({
  list: (limit, filter = {}) =>
    (
      database
        .prepare(
          `SELECT ${lineColumns} FROM delivery WHERE (@state IS NULL OR state = @state) AND (@source IS NULL OR source = @source) ORDER BY id DESC LIMIT @limit`
        )
        .all({ state: filter.state ?? null, source: filter.source ?? null, limit }) as Array<Record<string, unknown>>
    ).map(toLine),
  show: (id) => {
    const row = database
      .prepare(`SELECT ${lineColumns}, origin, attempts, last_error AS lastError, body FROM delivery WHERE id = ?`)
      .get(id) as Record<string, unknown> | undefined
    if (row === undefined) return null
    const { body, ...line } = row
    return {
      ...(toLine(line) as InboxLine & { origin: Origin; attempts: number; lastError: string | null }),
      body: sealed.open(body as Buffer).toString("utf8")
    }
  },
  retry: (id) =>
    database
      .prepare(
        "UPDATE delivery SET state = 'stored', attempts = 0, next_attempt_at = 0 WHERE id = ? AND state = 'dead'"
      )
      .run(id).changes === 1,
  counts: () => {
    const counts: Record<DeliveryState, number> = { stored: 0, delivered: 0, dead: 0, quarantined: 0 }
    for (const row of database.prepare("SELECT state, count(*) AS count FROM delivery GROUP BY state").all() as Array<{
      state: DeliveryState
      count: number
    }>) {
      counts[row.state] = row.count
    }
    return counts
  }
})
