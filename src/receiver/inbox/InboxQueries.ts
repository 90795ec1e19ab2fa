/** What people and commands see of the inbox, and what they may do: have dead letters delivered again, and purge. */
import { createHash } from "node:crypto"
import { type EpochMillis, isMoment } from "../../domain/Time.js"
import { isDamage, isRowFailure, rowFailureOf } from "../../store/index.js"
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

/** Rows that a step of some work on many of them changed. */
export interface Slice {
  readonly count: number
  /** The number behind which the next step goes on; `null` at the end. */
  readonly next: number | null
}

export interface InboxQueries {
  /**
   * The newest first. A delivery that told of a change once more is counted with the first that did. `onDamaged` hears of rows that
   * lie in damaged pages and are left out.
   */
  readonly list: (limit: number, filter?: InboxFilter, onDamaged?: (id: number) => void) => ReadonlyArray<InboxLine>
  readonly show: (id: number) =>
    | (InboxLine & {
        readonly attempts: number
        readonly lastError: string | null
        /** `null` where it cannot be read; `unreadable` says why. */
        readonly body: string | null
      })
    | null
  /** One dead letter is handed over again; `false` where it is none. */
  readonly retry: (id: number) => boolean
  /** Dead letters that the filter lets through, behind the number `after` and so many at a time. */
  readonly retrySlice: (filter: InboxFilter, after: number) => Slice
  /** All of them, slice by slice; how many. */
  readonly retryAll: (filter?: InboxFilter) => number
  readonly counts: () => Readonly<Record<DeliveryState, number>>
}

/** `null` for what no date can show as well: rows of earlier versions may hold any number. */
export const iso = (at: EpochMillis | null): string | null => (isMoment(at) ? new Date(at).toISOString() : null)

const lineColumns = `id, source, origin, event, entity, entity_id AS entityId, updated_at AS updatedAt, received_at AS receivedAt, state,
    duplicates, body`

/** Dead letters that are brought back in one transaction: some 5 ms. */
const retriedAtOnce = 500

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

export const openQueries = ({ database, relaxed, sealed }: InboxFile): InboxQueries => {
  const bodyOf = (
    row: Record<string, unknown>
  ): { readonly body: Buffer | null; readonly unreadable: string | null } => {
    try {
      return { body: sealed.open(row["body"] as Buffer), unreadable: null }
    } catch (error) {
      if (!isRowFailure(error)) throw error
      return { body: null, unreadable: rowFailureOf(error) }
    }
  }
  const toLine = (row: Record<string, unknown>): InboxLine => {
    const { body, unreadable } = bodyOf(row)
    const { body: _sealed, ...rest } = row
    return {
      ...rest,
      updatedAt: iso(row["updatedAt"] as number | null),
      receivedAt: iso(row["receivedAt"] as number),
      bodySha256: body === null ? null : createHash("sha256").update(body).digest("hex"),
      unreadable
    } as InboxLine
  }

  const scan = (limit: number, filter: InboxFilter): ReadonlyArray<InboxLine> => {
    const where = whereOf(filter)
    const rows = database
      .prepare(
        `SELECT ${lineColumns} FROM delivery WHERE duplicate_of IS NULL AND ${where.sql} ORDER BY id DESC LIMIT @limit`
      )
      .all({ ...where.values, limit }) as Array<Record<string, unknown>>
    return rows.map(toLine)
  }
  /** A damaged page ends a scan: number by number instead, the newest first. */
  const oneByOne = (limit: number, filter: InboxFilter, onDamaged: (id: number) => void): ReadonlyArray<InboxLine> => {
    const where = whereOf(filter)
    const one = database.prepare(
      `SELECT ${lineColumns} FROM delivery WHERE id = @id AND duplicate_of IS NULL AND ${where.sql}`
    )
    const lines: Array<InboxLine> = []
    let id = (database.prepare("SELECT max(id) FROM delivery").pluck().get() as number | null) ?? 0
    for (; id > 0 && lines.length < limit; id--) {
      try {
        const row = one.get({ ...where.values, id }) as Record<string, unknown> | undefined
        if (row !== undefined) lines.push(toLine(row))
      } catch (error) {
        if (!isDamage(error)) throw error
        onDamaged(id)
      }
    }
    return lines
  }

  const revive = database.prepare(
    "UPDATE delivery SET state = 'stored', attempts = 0, next_attempt_at = 0 WHERE id = ? AND state = 'dead'"
  )
  const retrySlice: InboxQueries["retrySlice"] = (filter, after) => {
    const where = whereOf({ ...filter, state: "dead" })
    // Read without the write lock, which is taken for what is there only.
    const ids = database
      .prepare(`SELECT id FROM delivery WHERE id > @after AND ${where.sql} ORDER BY id LIMIT ${retriedAtOnce}`)
      .pluck()
      .all({ ...where.values, after }) as Array<number>
    if (ids.length === 0) return { count: 0, next: null }
    const count = relaxed(() => ids.reduce((changed, id) => changed + revive.run(id).changes, 0))
    return { count, next: ids.length < retriedAtOnce ? null : ids.at(-1)! }
  }

  return {
    list: (limit, filter = {}, onDamaged = () => undefined) => {
      try {
        return scan(limit, filter)
      } catch (error) {
        if (!isDamage(error)) throw error
        return oneByOne(limit, filter, onDamaged)
      }
    },
    show: (id) => {
      const row = database
        .prepare(`SELECT ${lineColumns}, attempts, last_error AS lastError FROM delivery WHERE id = ?`)
        .get(id) as Record<string, unknown> | undefined
      if (row === undefined) return null
      return {
        ...(toLine(row) as InboxLine & { attempts: number; lastError: string | null }),
        body: bodyOf(row).body?.toString("utf8") ?? null
      }
    },
    retry: (id) => revive.run(id).changes === 1,
    retrySlice,
    retryAll: (filter = {}) => {
      let count = 0
      for (let after: number | null = 0; after !== null; ) {
        const slice = retrySlice(filter, after)
        count += slice.count
        after = slice.next
      }
      return count
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
