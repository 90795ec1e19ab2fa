/**
 * Whether deliveries may be lost: the receiver was away (it was stopped or suspended, or the store took no write), or a
 * subscription did not deliver for a while. Each sign of life is compared with the one before it.
 */
import type { EpochMillis } from "../../domain/Time.js"
import { isOutage } from "../../policy/index.js"
import { type Database, PresenceRow } from "../../store/index.js"

/** The end of an outage: its length in milliseconds, or `null` where a subscription delivers again. */
export interface Back {
  readonly awayMs: number | null
}

export interface Presence {
  /** When the last outage ended in which deliveries may have been lost; `null` for never. */
  readonly backAt: () => EpochMillis | null
  /** In a write transaction: a sign of life. `null` where no outage has ended. */
  readonly seen: (at: EpochMillis) => Back | null
  /** The transaction of the last `seen` is committed: the next one does not tell of the same end. */
  readonly noted: () => void
}

export const openPresence = (database: Database): Presence => {
  /** As of the sign of life before; commands write down when a subscription delivers again. */
  const findBackAt = (): EpochMillis | null => PresenceRow.findPresence(database).get()?.backAt ?? null
  let known = findBackAt()
  let found = known
  return {
    backAt: findBackAt,
    seen: (at) => {
      const before = PresenceRow.findPresence(database).get()
      const isBack = before !== undefined && isOutage(before.seenAt, at)
      const backAt = isBack ? at : (before?.backAt ?? null)
      PresenceRow.putPresence(database).run({ seenAt: at, backAt })
      const delivers = backAt !== known
      found = backAt
      if (isBack) return { awayMs: at - before.seenAt }
      return delivers ? { awayMs: null } : null
    },
    noted: () => {
      known = found
    }
  }
}
