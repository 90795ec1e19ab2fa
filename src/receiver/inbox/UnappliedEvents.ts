/** Stored deliveries whose events have not moved the states of their entities yet. */
import type { PushedEvent } from "../../domain/Event.js"
import { DeliveryRows } from "../../store/index.js"
import type { UnappliedEvent } from "./Delivery.js"
import type { DeliveryLog } from "./DeliveryLog.js"
import type { InboxFile } from "./InboxFile.js"
import { type Reading, readOnwards } from "./ReadOnwards.js"
import type { SetAside } from "./SetAside.js"

export interface UnappliedEvents {
  /**
   * Stored deliveries behind the number `after` that have not moved the state yet, oldest first. A delivery that cannot
   * be read is set aside.
   */
  readonly unapplied: (after: number, limit: number) => Reading<UnappliedEvent>
  /** The first numbers of deliveries that have not moved the state. */
  readonly unappliedIds: (limit: number) => ReadonlyArray<number>
  /** The highest number of a delivery; 0 if there is none. */
  readonly newest: () => number
  /**
   * The event of a delivery that has not moved the state; `null` if the delivery is purged, or was set aside just now.
   */
  readonly waitingEvent: (id: number, source: string) => PushedEvent | null
}

export const openUnappliedEvents = (
  { database, relaxed }: InboxFile,
  log: Pick<DeliveryLog, "eventOf">,
  aside: SetAside
): UnappliedEvents => {
  const unappliedRows = DeliveryRows.unappliedRows(database)
  const unappliedIds = DeliveryRows.unappliedIds(database)
  const findUnapplied = DeliveryRows.findUnapplied(database)
  const highestId = DeliveryRows.highestId(database)
  const quarantine = DeliveryRows.quarantine(database)

  const waitingEvent: UnappliedEvents["waitingEvent"] = (id, source) => {
    try {
      const event = log.eventOf(id, source)
      // Its body was understood before its provider's description changed.
      if (event === null) relaxed(() => quarantine.run(id))
      return event
    } catch (error) {
      aside.setAside(id, error)
      return null
    }
  }

  const newest = (): number => highestId.get() ?? 0
  const waitingRows = {
    scan: (after: number, limit: number) => unappliedRows.all(after, limit),
    ids: (after: number, limit: number) => unappliedIds.all(after, limit),
    one: (id: number) => findUnapplied.get(id),
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
