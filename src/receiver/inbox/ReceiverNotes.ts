/** What the receiver remembers besides deliveries: how far sweeps came, what the integration wrote, which secrets are in use. */
import type { Snapshot } from "../../domain/Event.js"
import { fingerprint } from "../../domain/Principal.js"
import type { EpochMillis } from "../../domain/Time.js"
import { saltOf } from "../../store/index.js"
import type { InboxFile } from "./InboxFile.js"

/** Something that failed to be read while its sweep went on: an entity, or its dependants of the type `children`. */
export interface Unread {
  readonly entity: string
  readonly entityId: string
  /** Empty for the entity itself. */
  readonly children: string
  readonly tries: number
  readonly nextAt: EpochMillis
}

export interface ReceiverNotes {
  readonly sweptTo: (source: string, entity: string) => EpochMillis | null
  readonly setSweptTo: (source: string, entity: string, at: EpochMillis) => void
  /** Where a sweep that was cut off had come to: all that changed before it is known. `null` once a sweep has ended. */
  readonly resumeFrom: (source: string, entity: string) => EpochMillis | null
  readonly setResumeFrom: (source: string, entity: string, at: EpochMillis) => void
  /** When the ids were last compared with the provider's. */
  readonly comparedAt: (source: string, entity: string) => EpochMillis | null
  readonly setComparedAt: (source: string, entity: string, at: EpochMillis) => void
  readonly sweepsOf: (source: string, entity: string) => number
  /** From when on a type is watched, by the provider's clock; `null` for one that never was. */
  readonly beganAt: (source: string, entity: string) => EpochMillis | null
  readonly setBeganAt: (source: string, entity: string, at: EpochMillis) => void
  /** When its first sweep had ended. */
  readonly filledAt: (source: string, entity: string) => EpochMillis | null
  readonly setFilledAt: (source: string, entity: string, at: EpochMillis) => void
  /** The newest stamp that the state has of a type. */
  readonly newestKnown: (source: string, entity: string) => EpochMillis | null
  /** What could not be read, to be tried again. */
  readonly unread: (source: string) => ReadonlyArray<Unread>
  readonly setUnread: (source: string, unread: Unread) => void
  readonly clearUnread: (source: string, unread: Pick<Unread, "entity" | "entityId" | "children">) => void
  /** What the integration wrote itself, so that it can be told when it comes back. */
  readonly noteWrite: (source: string, entity: string, entityId: string, fields: Snapshot, at: EpochMillis) => void
  readonly noteSecretUse: (source: string, secret: string, at: EpochMillis, deliveries: number) => void
  /** When each of these secrets was last seen in use, and how often; by place, `null` for never. */
  readonly secretUses: (
    source: string,
    secrets: ReadonlyArray<string>
  ) => ReadonlyArray<{ readonly lastAt: EpochMillis; readonly deliveries: number } | null>
  /** Deliveries that were refused. */
  readonly countRejections: (
    counts: ReadonlyArray<{ readonly source: string; readonly reason: string; readonly count: number }>
  ) => void
  readonly markVerified: (source: string, event: string, at: EpochMillis) => void
}

export const openNotes = ({ database, relaxed, sealJson }: InboxFile): ReceiverNotes => {
  type Column = "swept_to" | "resume_from" | "compared_at" | "began_at" | "filled_at"
  const noteOf = (source: string, entity: string, column: Column): number | null =>
    (database
      .prepare(`SELECT ${column} FROM reconciliation WHERE source = ? AND entity = ?`)
      .pluck()
      .get(source, entity) as number | null | undefined) ?? null
  // Each in a transaction, so that a receiver that lost its inbox writes none (InboxFile.ts).
  const write = (sql: string, ...values: ReadonlyArray<unknown>): void =>
    relaxed(() => void database.prepare(sql).run(...values))
  const setNote = (source: string, entity: string, column: Column, at: number): void =>
    write(
      `INSERT INTO reconciliation (source, entity, swept_to, ${column}) VALUES (?, ?, 0, ?)
         ON CONFLICT DO UPDATE SET ${column} = excluded.${column}`,
      source,
      entity,
      at
    )
  return {
    // A row of zeros is one whose first sweep has not ended.
    sweptTo: (source, entity) => {
      const at = noteOf(source, entity, "swept_to")
      return at === 0 ? null : at
    },
    setSweptTo: (source, entity, at) =>
      write(
        `INSERT INTO reconciliation (source, entity, swept_to, sweeps) VALUES (?, ?, ?, 1)
         ON CONFLICT DO UPDATE SET swept_to = excluded.swept_to, sweeps = sweeps + 1, resume_from = NULL`,
        source,
        entity,
        at
      ),
    resumeFrom: (source, entity) => noteOf(source, entity, "resume_from"),
    setResumeFrom: (source, entity, at) => setNote(source, entity, "resume_from", at),
    comparedAt: (source, entity) => noteOf(source, entity, "compared_at"),
    setComparedAt: (source, entity, at) => setNote(source, entity, "compared_at", at),
    sweepsOf: (source, entity) =>
      (database
        .prepare("SELECT sweeps FROM reconciliation WHERE source = ? AND entity = ?")
        .pluck()
        .get(source, entity) as number | undefined) ?? 0,
    beganAt: (source, entity) => noteOf(source, entity, "began_at"),
    setBeganAt: (source, entity, at) => setNote(source, entity, "began_at", at),
    filledAt: (source, entity) => noteOf(source, entity, "filled_at"),
    setFilledAt: (source, entity, at) => setNote(source, entity, "filled_at", at),
    newestKnown: (source, entity) =>
      database
        .prepare("SELECT max(updated_at) FROM entity_state WHERE source = ? AND entity = ?")
        .pluck()
        .get(source, entity) as number | null,
    unread: (source) =>
      database
        .prepare(
          "SELECT entity, entity_id AS entityId, children, tries, next_at AS nextAt FROM unread WHERE source = ? ORDER BY tries, next_at"
        )
        .all(source) as Array<Unread>,
    setUnread: (source, { children, entity, entityId, nextAt, tries }) =>
      write(
        `INSERT INTO unread (source, entity, entity_id, children, tries, next_at) VALUES (?, ?, ?, ?, ?, ?)
           ON CONFLICT DO UPDATE SET tries = excluded.tries, next_at = excluded.next_at`,
        source,
        entity,
        entityId,
        children,
        tries,
        nextAt
      ),
    clearUnread: (source, { children, entity, entityId }) =>
      write(
        "DELETE FROM unread WHERE source = ? AND entity = ? AND entity_id = ? AND children = ?",
        source,
        entity,
        entityId,
        children
      ),
    noteWrite: (source, entity, entityId, fields, at) =>
      write(
        "INSERT INTO own_write (source, entity, entity_id, written_at, fields) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET written_at = excluded.written_at, fields = excluded.fields",
        source,
        entity,
        entityId,
        at,
        sealJson(fields)
      ),
    secretUses: (source, secrets) =>
      secrets.map(
        (secret) =>
          (database
            .prepare("SELECT last_at AS lastAt, deliveries FROM secret_use WHERE source = ? AND fingerprint = ?")
            .get(source, fingerprint(secret, saltOf(database))) as
            | { lastAt: number; deliveries: number }
            | undefined) ?? null
      ),
    noteSecretUse: (source, secret, at, deliveries) =>
      write(
        "INSERT INTO secret_use (source, fingerprint, last_at, deliveries) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET last_at = excluded.last_at, deliveries = deliveries + excluded.deliveries",
        source,
        fingerprint(secret, saltOf(database)),
        at,
        deliveries
      ),
    countRejections: (counts) =>
      relaxed(() => {
        const add = database.prepare(
          "INSERT INTO rejection (source, reason, count) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET count = count + excluded.count"
        )
        for (const { count, reason, source } of counts) add.run(source, reason, count)
      }),
    markVerified: (source, event, at) =>
      write(
        "UPDATE subscription SET verified_at = ?, state = 'active' WHERE source = ? AND event = ? AND (verified_at IS NULL OR state = 'waiting')",
        at,
        source,
        event
      )
  }
}
