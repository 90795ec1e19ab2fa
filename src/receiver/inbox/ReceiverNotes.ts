/** The receiver's notes besides deliveries: how far sweeps came, the integration's own writes, secrets in use. */
import type { Snapshot } from "../../domain/Event.js"
import { fingerprint } from "../../domain/Principal.js"
import type { EpochMillis } from "../../domain/Time.js"
import { type Database, EntityStateRows, OwnWriteRows, SweepRows, saltOf, UsageRows } from "../../store/index.js"
import type { InboxFile } from "./InboxFile.js"
import { openPresence, type Presence } from "./Presence.js"

export type Unread = SweepRows.Unread

export interface ReceiverNotes extends SweepNotes, UsageNotes, Pick<Presence, "backAt"> {
  readonly noteSeen: Presence["seen"]
  /** The integration's own write, so that its echo can be recognised. */
  readonly noteWrite: (source: string, entity: string, entityId: string, fields: Snapshot, at: EpochMillis) => void
}

/** How far reconciliation has come, by source and entity type. */
interface SweepNotes {
  readonly sweptTo: (source: string, entity: string) => EpochMillis | null
  readonly setSweptTo: (source: string, entity: string, at: EpochMillis) => void
  /** Place of a sweep that was cut off: all changes before it are known. `null` once a sweep has ended. */
  readonly resumeFrom: (source: string, entity: string) => EpochMillis | null
  readonly setResumeFrom: (source: string, entity: string, at: EpochMillis) => void
  /** When the ids were last compared with the provider's. */
  readonly comparedAt: (source: string, entity: string) => EpochMillis | null
  readonly setComparedAt: (source: string, entity: string, at: EpochMillis) => void
  readonly sweepsOf: (source: string, entity: string) => number
  /** When watching of a type began, by the provider's clock; `null` if it never did. */
  readonly beganAt: (source: string, entity: string) => EpochMillis | null
  readonly setBeganAt: (source: string, entity: string, at: EpochMillis) => void
  /** When the first sweep of the type ended. */
  readonly filledAt: (source: string, entity: string) => EpochMillis | null
  readonly setFilledAt: (source: string, entity: string, at: EpochMillis) => void
  /** A sweep that began at `at` has read the type's list to its end. `reach`: store/inbox/SweepRows.ts. */
  readonly setComplete: (source: string, entity: string, at: EpochMillis, everyMs: number, reach: number) => void
  /** The newest known stamp of a type. */
  readonly newestKnown: (source: string, entity: string) => EpochMillis | null
  /** Entities that could not be read, to be tried again. */
  readonly unread: (source: string) => ReadonlyArray<Unread>
  readonly setUnread: (source: string, unread: Unread) => void
  readonly clearUnread: (source: string, unread: Pick<Unread, "entity" | "entityId" | "children">) => void
}

/** Secrets in use, refused deliveries, subscriptions that deliver. */
interface UsageNotes {
  readonly noteSecretUse: (source: string, secret: string, at: EpochMillis, deliveries: number) => void
  /** Last use and number of uses of each secret, by index; `null` for a secret never used. */
  readonly secretUses: (
    source: string,
    secrets: ReadonlyArray<string>
  ) => ReadonlyArray<{ readonly lastAt: EpochMillis; readonly deliveries: number } | null>
  /** Counts refused deliveries. */
  readonly countRejections: (
    counts: ReadonlyArray<{ readonly source: string; readonly reason: string; readonly count: number }>,
    at: EpochMillis
  ) => void
  /**
   * `route`: of a delivery whose route is known; else it tells of a subscription only if it is the event's only one.
   */
  readonly markVerified: (source: string, event: string, route: string | null, at: EpochMillis) => void
}

export const openNotes = ({ database, relaxed, sealJson }: InboxFile): ReceiverNotes => ({
  ...openSweepNotes(database, relaxed),
  ...openUsageNotes(database, relaxed),
  ...presenceNotes(openPresence(database), relaxed),
  noteWrite: (source, entity, entityId, fields, at) =>
    relaxed(() => void OwnWriteRows.setOwnWrite(database).run(source, entity, entityId, at, sealJson(fields)))
})

const presenceNotes = (
  { backAt, noted, seen }: Presence,
  relaxed: InboxFile["relaxed"]
): Pick<ReceiverNotes, "backAt" | "noteSeen"> => ({
  backAt,
  noteSeen: (at) => {
    const back = relaxed(() => seen(at))
    noted()
    return back
  }
})

/** Each note is a transaction: a receiver that lost its inbox writes none (store/inbox/InboxConnection.ts). */
const openSweepNotes = (database: Database, relaxed: InboxFile["relaxed"]): SweepNotes => {
  const timeOf = (column: SweepRows.SweepTime) => (source: string, entity: string) =>
    SweepRows.findTime(database, column).get(source, entity) ?? null
  const setTime = (column: SweepRows.SweepTime) => (source: string, entity: string, at: EpochMillis) =>
    relaxed(() => void SweepRows.setTime(database, column).run(source, entity, at))
  const sweptTo = timeOf("swept_to")
  return {
    // Zero: the first sweep has not ended.
    sweptTo: (source, entity) => {
      const at = sweptTo(source, entity)
      return at === 0 ? null : at
    },
    setSweptTo: (source, entity, at) => relaxed(() => void SweepRows.setSweptTo(database).run(source, entity, at)),
    resumeFrom: timeOf("resume_from"),
    setResumeFrom: setTime("resume_from"),
    comparedAt: timeOf("compared_at"),
    setComparedAt: setTime("compared_at"),
    sweepsOf: (source, entity) => SweepRows.countSweeps(database).get(source, entity) ?? 0,
    beganAt: timeOf("began_at"),
    setBeganAt: setTime("began_at"),
    filledAt: timeOf("filled_at"),
    setFilledAt: setTime("filled_at"),
    setComplete: (...complete) => relaxed(() => void SweepRows.setComplete(database).run(...complete)),
    newestKnown: (source, entity) => EntityStateRows.newestStamp(database).get(source, entity) ?? null,
    unread: (source) => SweepRows.unreadOf(database).all(source),
    setUnread: (source, { children, entity, entityId, nextAt, tries }) =>
      relaxed(() => void SweepRows.setUnread(database).run(source, entity, entityId, children, tries, nextAt)),
    clearUnread: (source, { children, entity, entityId }) =>
      relaxed(() => void SweepRows.removeUnread(database).run(source, entity, entityId, children))
  }
}

const openUsageNotes = (database: Database, relaxed: InboxFile["relaxed"]): UsageNotes => ({
  secretUses: (source, secrets) =>
    secrets.map(
      (secret) => UsageRows.findSecretUse(database).get(source, fingerprint(secret, saltOf(database))) ?? null
    ),
  noteSecretUse: (source, secret, at, deliveries) =>
    relaxed(
      () => void UsageRows.addSecretUse(database).run(source, fingerprint(secret, saltOf(database)), at, deliveries)
    ),
  countRejections: (counts, at) =>
    relaxed(() => {
      const add = UsageRows.addRejections(database)
      for (const { count, reason, source } of counts) add.run({ source, reason, count, at })
    }),
  // Another process applies and removes subscriptions: the file is read each time, and seldom written.
  markVerified: (source, event, route, at) => {
    const delivered = { source, event, route }
    if (UsageRows.awaitsDelivery(database).get(delivered) === undefined) return
    relaxed(() => void UsageRows.markVerified(database).run({ ...delivered, at }))
  }
})
