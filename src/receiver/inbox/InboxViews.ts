/** What people and commands see of the inbox, and what they may do: have dead letters delivered again, and purge. */
import { createHash } from "node:crypto"
import type { EpochMillis } from "../../domain/Time.js"
import type { StoreError } from "../../store/index.js"
import type { DeliveryState, InboxLine } from "./Delivery.js"
import type { InboxFile } from "./InboxFile.js"

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

export interface InboxViews {
  /** The newest first. A delivery that told of a change once more is counted with the first that did. */
  readonly list: (limit: number, filter?: InboxFilter) => ReadonlyArray<InboxLine>
  readonly show: (id: number) =>
    | (InboxLine & {
        readonly attempts: number
        readonly lastError: string | null
        readonly body: string
      })
    | null
  /** One dead letter is handed over again; `false` where it is none. */
  readonly retry: (id: number) => boolean
  /** All dead letters that the filter lets through; how many. */
  readonly retryAll: (filter?: InboxFilter) => number
  readonly counts: () => Readonly<Record<DeliveryState, number>>
}

export const iso = (at: EpochMillis | null): string | null => (at === null ? null : new Date(at).toISOString())

const lineColumns = `id, source, origin, event, entity, entity_id AS entityId, updated_at AS updatedAt, received_at AS receivedAt, state,
    duplicates, body`

/** The filter as SQL over `delivery`. A state is written out, so that the index of the few that need attention serves. */
export const whereOf = (
  filter: InboxFilter
): { readonly sql: string; readonly values: Record<string, string | number> } => {
  const parts: Array<string> = []
  const values: Record<string, string | number> = {}
  const add = (sql: string, name: string, value: string | number | undefined): void => {
    if (value === undefined) return
    parts.push(sql)
    values[name] = value
  }
  if (filter.state !== undefined) parts.push(`state = '${filter.state}'`)
  add("source = @source", "source", filter.source)
  add("entity = @entity", "entity", filter.entity)
  add("entity_id = @entityId", "entityId", filter.entityId)
  add("event = @event", "event", filter.event)
  add("received_at >= @from", "from", filter.from)
  add("received_at < @to", "to", filter.to)
  return { sql: parts.length === 0 ? "1" : parts.join(" AND "), values }
}

export const openViews = ({ database, sealed }: InboxFile): InboxViews => {
  const hashOf = (body: Buffer): string | null => {
    try {
      return createHash("sha256").update(sealed.open(body)).digest("hex")
    } catch (error) {
      // The others are shown all the same; `show` says which key is missing.
      if ((error as StoreError).reason === "key") return null
      throw error
    }
  }
  const toLine = ({ body, ...row }: Record<string, unknown>): InboxLine =>
    ({
      ...row,
      updatedAt: iso(row["updatedAt"] as number | null),
      receivedAt: iso(row["receivedAt"] as number),
      bodySha256: hashOf(body as Buffer)
    }) as InboxLine
  return {
    list: (limit, filter = {}) => {
      const where = whereOf(filter)
      return (
        database
          .prepare(
            `SELECT ${lineColumns} FROM delivery WHERE duplicate_of IS NULL AND ${where.sql} ORDER BY id DESC LIMIT @limit`
          )
          .all({ ...where.values, limit }) as Array<Record<string, unknown>>
      ).map(toLine)
    },
    show: (id) => {
      const row = database
        .prepare(`SELECT ${lineColumns}, attempts, last_error AS lastError FROM delivery WHERE id = ?`)
        .get(id) as Record<string, unknown> | undefined
      if (row === undefined) return null
      return {
        ...(toLine(row) as InboxLine & { attempts: number; lastError: string | null }),
        body: sealed.open(row["body"] as Buffer).toString("utf8")
      }
    },
    retry: (id) =>
      database
        .prepare(
          "UPDATE delivery SET state = 'stored', attempts = 0, next_attempt_at = 0 WHERE id = ? AND state = 'dead'"
        )
        .run(id).changes === 1,
    retryAll: (filter = {}) => {
      const where = whereOf({ ...filter, state: "dead" })
      return database
        .prepare(`UPDATE delivery SET state = 'stored', attempts = 0, next_attempt_at = 0 WHERE ${where.sql}`)
        .run(where.values).changes
    },
    counts: () => {
      const counts: Record<DeliveryState, number> = { stored: 0, delivered: 0, dead: 0, quarantined: 0 }
      for (const row of database
        .prepare("SELECT state, count(*) AS count FROM delivery WHERE duplicate_of IS NULL GROUP BY state")
        .all() as Array<{
        state: DeliveryState
        count: number
      }>) {
        counts[row.state] = row.count
      }
      return counts
    }
  }
}
