/**
 * Since when each type is watched. A change before that is the past: a first sweep takes it up without an event. A
 * later change is news, however late a first sweep comes to it, and though that sweep was cut off in between.
 */
import { Clock, Effect } from "effect"
import type { EpochMillis } from "../domain/Time.js"
import type { InboxUnavailable } from "./FindingWriter.js"
import type { ReconciliationPort } from "./ReconciliationPort.js"

export interface WatchStarts {
  /** Writes down that these are watched from now on; `root` is the list through which they are found. */
  readonly begin: (root: string, entities: ReadonlyArray<string>) => Effect.Effect<void, InboxUnavailable>
  readonly of: (entity: string) => Effect.Effect<EpochMillis, InboxUnavailable>
  /** The provider's clock, as one of its answers tells it. */
  readonly noteDate: (date: string | undefined, now: EpochMillis) => void
}

export const makeWatchStarts = (parts: {
  readonly source: string
  readonly port: ReconciliationPort
  readonly write: (entity: string, at: EpochMillis) => Effect.Effect<void, InboxUnavailable>
  /** Everything is news. */
  readonly backfill: boolean
  readonly overlapMs: number
}): Effect.Effect<WatchStarts> =>
  Effect.map(Clock.currentTimeMillis, (startedAt): WatchStarts => {
    const { backfill, port, overlapMs, source, write } = parts
    /** Written down by this process, and by its own clock so far. */
    const byOwnClock = new Set<string>()
    /** How far the provider's clock is ahead of this one's. */
    let aheadMs: number | null = null

    const beginningOf = (root: string, entity: string): EpochMillis => {
      if (backfill) return 0
      // A type that joins a list swept before, or that has states already, missed nothing before that.
      const before = port.sweptTo(source, root) ?? port.newestKnown(source, entity)
      if (before !== null) return Math.min(before, startedAt) - overlapMs
      byOwnClock.add(entity)
      // A clock that is ahead would take news for the past. Some events too many are no harm.
      return startedAt - overlapMs
    }

    return {
      begin: (root, entities) =>
        Effect.forEach(
          entities.filter((entity) => port.beganAt(source, entity) === null),
          (entity) => Effect.suspend(() => write(entity, beginningOf(root, entity))),
          { discard: true }
        ),
      of: (entity) =>
        Effect.suspend(() => {
          if (aheadMs !== null && byOwnClock.delete(entity)) {
            const at = Math.floor((startedAt + aheadMs) / 1_000) * 1_000
            return Effect.as(write(entity, at), at)
          }
          return Effect.succeed(port.beganAt(source, entity) ?? 0)
        }),
      noteDate: (date, now) => {
        const at = Date.parse(date ?? "")
        if (aheadMs === null && !Number.isNaN(at)) aheadMs = at - now
      }
    }
  })
