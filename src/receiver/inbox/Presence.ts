/**
 * Whether the receiver was away: it was stopped or suspended, or the store took no write. Each sign of life is
 * compared with the one before it.
 */
import type { EpochMillis } from "../../domain/Time.js"
import { isOutage } from "../../policy/index.js"
import { type Database, PresenceRow } from "../../store/index.js"

export interface Presence {
  /** When the last outage ended in which deliveries may have been lost; `null` for never. */
  readonly backAt: () => EpochMillis | null
  /**
   * In a write transaction: a sign of life. Returns the length of the outage that it ends in milliseconds, else `null`.
   */
  readonly seen: (at: EpochMillis) => number | null
}

export const openPresence = (database: Database): Presence => ({
  backAt: () => PresenceRow.findPresence(database).get()?.backAt ?? null,
  seen: (at) => {
    const before = PresenceRow.findPresence(database).get()
    const isBack = before !== undefined && isOutage(before.seenAt, at)
    PresenceRow.putPresence(database).run({ seenAt: at, backAt: isBack ? at : (before?.backAt ?? null) })
    return isBack ? at - before.seenAt : null
  }
})
