/** Stored deliveries whose events have not moved the state of their entities yet, as they are read for it. */
import type { PushedEvent } from "../../domain/Event.js"
import type { Bare } from "./Delivery.js"
import type { DeliveryLog } from "./DeliveryLog.js"
import type { InboxFile } from "./InboxFile.js"
import { type Reading, readOnwards } from "./ReadOnwards.js"
import type { SetAside } from "./SetAside.js"

export interface UnappliedEvents {
  /**
   * Stored deliveries after the one with this number that have not moved the entity state yet, oldest first. One that cannot be
   * read is set aside.
   */
  readonly unapplied: (after: number, limit: number) => Reading<Bare>
  /** The first numbers of deliveries that have not moved the state. */
  readonly unappliedIds: (limit: number) => ReadonlyArray<number>
  /** The highest number that a delivery has; 0 for none. */
  readonly newest: () => number
  /** The event of a delivery that has not moved the state; `null` for one that is gone, or that was set aside just now. */
  readonly waitingEvent: (id: number, source: string) => PushedEvent | null
}

export const openUnappliedEvents = (
  { database, relaxed }: InboxFile,
  log: Pick<DeliveryLog, "eventOf">,
  aside: SetAside
): UnappliedEvents => {
  const selectUnapplied = database.prepare(
    "SELECT id, source FROM delivery WHERE state = 'stored' AND applied = 0 AND id > ? ORDER BY id LIMIT ?"
  )
  const selectUnappliedIds = database
    .prepare("SELECT id FROM delivery WHERE state = 'stored' AND applied = 0 AND id > ? ORDER BY id LIMIT ?")
    .pluck()
  const selectUnappliedOne = database.prepare(
    "SELECT id, source FROM delivery WHERE id = ? AND state = 'stored' AND applied = 0"
  )
  const selectHighest = database.prepare("SELECT max(id) FROM delivery").pluck()
  const quarantine = database.prepare("UPDATE delivery SET state = 'quarantined' WHERE id = ?")

  const waitingEvent: UnappliedEvents["waitingEvent"] = (id, source) => {
    try {
      const event = log.eventOf(id, source)
      // Understood once, by a description of its provider that is another now.
      if (event === null) relaxed(() => quarantine.run(id))
      return event
    } catch (error) {
      aside.setAside(id, error)
      return null
    }
  }

  const newest = (): number => (selectHighest.get() as number | null) ?? 0
  const waitingRows = {
    scan: (after: number, limit: number) => selectUnapplied.all(after, limit) as Array<{ id: number; source: string }>,
    ids: (after: number, limit: number) => selectUnappliedIds.all(after, limit) as Array<number>,
    one: (id: number) => selectUnappliedOne.get(id) as { id: number; source: string } | undefined,
    highest: newest,
    passedBy: aside.passedBy,
    onDamaged: aside.setAside
  }

  return {
    newest,
    waitingEvent,
    unappliedIds: (limit) => waitingRows.ids(0, limit),
    unapplied: (after, limit) => {
      const read = readOnwards(waitingRows, after, limit)
      const rows = read.rows.flatMap(({ id, source }) => {
        const event = aside.passedBy.has(id) ? null : waitingEvent(id, source)
        return event === null ? [] : [{ id, source, event }]
      })
      return { ...read, rows }
    }
  }
}
