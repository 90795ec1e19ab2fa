/** Reads events that are ready and events whose next try is due, past rows that cannot be read. */
import type { EpochMillis } from "../../domain/Time.js"
import { DeliveryRows, HandOverRows } from "../../store/index.js"
import type { InboxFile } from "./InboxFile.js"
import { type Reading, type RowsInOrder, readOnwards, scanOnwards, unlessDamaged } from "./ReadOnwards.js"
import type { RowIsolation } from "./RowIsolation.js"
import type { SetAside } from "./SetAside.js"

type Row = HandOverRows.HandOverRow

export interface QueueReading {
  readonly ready: (after: number, most: number) => Reading<Row>
  readonly due: (now: EpochMillis, most: number) => ReadonlyArray<Row>
  /** When the next further try is due; `null` where none waits, or where their index is damaged. */
  readonly nextDue: () => EpochMillis | null
  readonly anyDue: (now: EpochMillis) => boolean
  readonly backlog: () => { readonly events: number; readonly oldestReceivedAt: EpochMillis | null }
}

export const openQueueReading = ({ database }: InboxFile, isolation: RowIsolation, aside: SetAside): QueueReading => {
  const readyRows = HandOverRows.readyRows(database)
  const readyIds = HandOverRows.readyIds(database)
  const findReady = HandOverRows.findReady(database)
  const highestId = DeliveryRows.highestId(database)
  const dueRows = HandOverRows.dueRows(database)
  const dueIds = HandOverRows.dueIds(database)
  const findDue = HandOverRows.findDue(database)
  const readyOrDueIds = HandOverRows.readyOrDueIds(database)
  const nextDue = HandOverRows.nextDue(database)
  const backlog = HandOverRows.backlog(database)
  const findReceivedAt = DeliveryRows.findReceivedAt(database)
  const { passedBy } = aside

  const ready: RowsInOrder<Row> = {
    scan: (after, most) => readyRows.all(after, most),
    ids: (after, most) => readyIds.all(after, most),
    one: (id) => findReady.get(id),
    highest: () => highestId.get() ?? 0,
    passedBy,
    onDamaged: aside.setAside
  }

  /**
   * In the order of their due times, always from the first; where their index is damaged as well, counting finds none.
   */
  const due = (now: EpochMillis): RowsInOrder<Row> => ({
    scan: (_, most) => dueRows.all(now, most),
    ids: (_, most) => dueIds.all(now, most + passedBy.size),
    one: (id) => findDue.get(id, now),
    highest: () => 0,
    passedBy,
    onDamaged: aside.setAside
  })

  const read = (from: RowsInOrder<Row>, after: number, most: number): Reading<Row> =>
    isolation.isOn() ? readOnwards(from, after, most) : scanOnwards(from, after, most)

  return {
    ready: (after, most) => read(ready, after, most),
    due: (now, most) => read(due(now), 0, most).rows,
    nextDue: () => unlessDamaged(() => nextDue.get() ?? null, null),
    anyDue: (now) => readyOrDueIds.all(now, passedBy.size + 1).some((id) => !passedBy.has(id)),
    backlog: () => {
      const { events, first } = backlog.get()!
      return { events, oldestReceivedAt: first === null ? null : findReceivedAt.get(first)! }
    }
  }
}
