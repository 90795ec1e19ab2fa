/**
 * The hand-over's queue: events in the order in which they moved the state, each given out once at a time, and none of
 * an entity while an earlier one of it waits for its next try: those are parked, and come back when that one is settled.
 * Every step costs what it moves, however long the queue is. What was given out and not settled when the process
 * ended is given out again.
 */
import type { EpochMillis } from "../../domain/Time.js"
import { isDamage, isRowFailure } from "../../store/index.js"
import type { ToHandOver } from "./Delivery.js"
import { openSnapshotReader } from "./EventSnapshots.js"
import { bodyOf, columns, type EntityKey, eventIdOf, keyOf, type Row } from "./HandedRow.js"
import type { InboxFile } from "./InboxFile.js"
import { type Reading, type RowsInOrder, readOnwards, scanOnwards } from "./ReadOnwards.js"
import type { SetAside } from "./SetAside.js"

export interface Settlement {
  readonly delivered: ReadonlyArray<number>
  /** `retryAt` is `null` for what is given up. */
  readonly failed: ReadonlyArray<{ readonly id: number; readonly retryAt: EpochMillis | null; readonly error: string }>
  /** Given out and not tried: an earlier one of the same entity has failed, or the target takes nothing now. */
  readonly returned: ReadonlyArray<number>
}

export interface Taken {
  readonly events: ReadonlyArray<ToHandOver>
  /** When the next waiting try is due; `null` when none waits. */
  readonly nextDue: EpochMillis | null
}

export interface HandOverQueue {
  /**
   * Settles what was given out, and gives out up to `want` more, oldest first; retries that are due get a share. An event that
   * cannot be read is set aside.
   */
  readonly exchange: (settlement: Settlement, want: number, now: EpochMillis) => Taken
  /** Events that wait for the handler, and how long the oldest of them has. */
  readonly backlog: () => { readonly events: number; readonly oldestReceivedAt: EpochMillis | null }
  /** Whether an event could be handed over now: given out and not settled, or ready, or due again. */
  readonly anyDue: (now: EpochMillis) => boolean
  /** Events of smaller ids than those given out last have become ready: hydrated, or brought back by a person. */
  readonly lookAgain: () => void
}

const freedAtOnce = 256
/** Rounds of reading by counting in one exchange, some 5 ms each: only a damaged index needs any. */
const countsAtOnce = 10
const waiting = "state = 'stored' AND applied = 1"

export const openHandOverQueue = (file: InboxFile, aside: SetAside): HandOverQueue => {
  const { database, relaxed } = file
  const versions = openSnapshotReader(file)
  const selectReady = database.prepare(
    `SELECT ${columns} FROM delivery WHERE ${waiting} AND next_attempt_at = 0 AND id > ? ORDER BY next_attempt_at, id LIMIT ?`
  )
  const selectDue = database.prepare(
    `SELECT ${columns} FROM delivery WHERE ${waiting} AND next_attempt_at BETWEEN 1 AND ? ORDER BY next_attempt_at, id LIMIT ?`
  )
  const selectReadyIds = database
    .prepare(`SELECT id FROM delivery WHERE ${waiting} AND next_attempt_at = 0 AND id > ? ORDER BY id LIMIT ?`)
    .pluck()
  const selectReadyOne = database.prepare(
    `SELECT ${columns} FROM delivery WHERE id = ? AND ${waiting} AND next_attempt_at = 0`
  )
  const selectHighest = database.prepare("SELECT max(id) FROM delivery").pluck()
  const selectDueIds = database
    .prepare(
      `SELECT id FROM delivery WHERE ${waiting} AND next_attempt_at BETWEEN 1 AND ? ORDER BY next_attempt_at, id LIMIT ?`
    )
    .pluck()
  const selectDueOne = database.prepare(
    `SELECT ${columns} FROM delivery WHERE id = ? AND ${waiting} AND next_attempt_at BETWEEN 1 AND ?`
  )
  const selectAnyDue = database
    .prepare(`SELECT id FROM delivery WHERE ${waiting} AND next_attempt_at BETWEEN 0 AND ? LIMIT ?`)
    .pluck()
  const selectNextDue = database
    .prepare(
      `SELECT next_attempt_at FROM delivery WHERE ${waiting} AND next_attempt_at >= 1 ORDER BY next_attempt_at LIMIT 1`
    )
    .pluck()
  const setDelivered = database.prepare(
    "UPDATE delivery SET state = 'delivered', delivered_at = ?, attempts = attempts + 1, before = NULL, after = NULL, undo = NULL, last_error = NULL WHERE id = ?"
  )
  const setFailed = database.prepare(
    "UPDATE delivery SET attempts = attempts + 1, last_error = ?, next_attempt_at = ?, state = CASE WHEN ? IS NULL THEN 'dead' ELSE state END WHERE id = ?"
  )
  const park = database.prepare("UPDATE delivery SET next_attempt_at = NULL WHERE id = ?")
  const selectParked = database
    .prepare(
      `SELECT id FROM delivery WHERE source = ? AND entity = ? AND entity_id = ? AND ${waiting} AND next_attempt_at IS NULL ORDER BY id LIMIT ?`
    )
    .pluck()
  const unpark = database.prepare("UPDATE delivery SET next_attempt_at = 0 WHERE id = ?")
  const selectEntity = database.prepare("SELECT source, entity, entity_id AS entityId FROM delivery WHERE id = ?")

  /** Events that were given out and not settled. */
  const taken = new Set<number>()
  /** By entity, where one of its events waits for a further try: later ones than that are parked. */
  const upTo = new Map<string, number>()
  /** All ready events up to here have been given out. */
  let cursor = 0

  /** Takes back what a transaction that failed had changed in memory. */
  let undo: Array<() => void> = []
  const limit = (key: string, id: number | undefined): void => {
    const before = upTo.get(key)
    undo.push(() => (before === undefined ? upTo.delete(key) : upTo.set(key, before)))
    if (id === undefined) upTo.delete(key)
    else upTo.set(key, id)
  }
  const moveCursor = (id: number): void => {
    const before = cursor
    undo.push(() => {
      cursor = before
    })
    cursor = id
  }

  /** Brings an entity's parked events back, so many at a time that no transaction lasts. */
  const free = (row: EntityKey): void => {
    const ids = selectParked.all(row.source, row.entity, row.entityId, freedAtOnce) as Array<number>
    for (const id of ids) unpark.run(id)
    limit(keyOf(row), ids.length === freedAtOnce ? ids.at(-1) : undefined)
    if (ids.length > 0) moveCursor(0)
  }

  /** In a damaged file a look at many rows may be impossible, while others can still be given out. */
  const unlessDamaged = <A>(look: () => A, otherwise: A): A => {
    try {
      return look()
    } catch (error) {
      if (!isDamage(error)) throw error
      return otherwise
    }
  }

  // What a process that ended left behind.
  const retried = unlessDamaged(
    () =>
      database
        .prepare(
          `SELECT min(id) AS id, source, entity, entity_id AS entityId FROM delivery INDEXED BY delivery_due
           WHERE ${waiting} AND next_attempt_at >= 1 GROUP BY source, entity, entity_id`
        )
        .all() as Array<Row>,
    []
  )
  for (const row of retried) upTo.set(keyOf(row), row.id)
  const abandoned = unlessDamaged(
    () =>
      database
        .prepare(
          `SELECT DISTINCT source, entity, entity_id AS entityId FROM delivery WHERE ${waiting} AND next_attempt_at IS NULL`
        )
        .all() as Array<Row>,
    []
  ).filter((row) => !upTo.has(keyOf(row)))
  if (abandoned.length > 0) unlessDamaged(() => relaxed(() => abandoned.forEach(free)), undefined)
  undo = []

  /** A row failed by itself: all is done again, each row in a transaction of its own, and what is read is read outside of them. */
  let careful = false
  /** Runs the work of one row; where the row is why it fails, it is set aside. */
  const ofRow = (id: number, work: () => void): void => {
    if (!careful) return work()
    const mark = undo.length
    try {
      relaxed(work)
    } catch (error) {
      if (!isRowFailure(error)) throw error
      for (const step of undo.splice(mark).reverse()) step()
      aside.setAside(id, error)
    }
  }

  const give = (rows: ReadonlyArray<Row>): ReadonlyArray<ToHandOver> => {
    if (!careful) return giveTogether(rows)
    const events: Array<ToHandOver> = []
    for (const row of rows) ofRow(row.id, () => void events.push(...giveTogether([row])))
    return events
  }

  const giveTogether = (rows: ReadonlyArray<Row>): ReadonlyArray<ToHandOver> => {
    const given = rows.filter((row) => {
      if (taken.has(row.id) || aside.passedBy.has(row.id)) return false
      if (row.id > (upTo.get(keyOf(row)) ?? row.id)) {
        park.run(row.id)
        return false
      }
      taken.add(row.id)
      undo.push(() => taken.delete(row.id))
      return true
    })
    const known = versions.of(given)
    return given.map((row) => ({
      deliveryId: row.id,
      attempts: row.attempts,
      eventId: eventIdOf(row),
      source: row.source,
      entity: row.entity,
      entityId: row.entityId,
      body: bodyOf(row, known.get(row.id)!)
    }))
  }

  const settle = ({ delivered, failed, returned }: Settlement, now: EpochMillis): void => {
    const untake = (id: number): void => {
      if (taken.delete(id)) undo.push(() => taken.add(id))
    }
    const entityOf = (id: number) => selectEntity.get(id) as EntityKey | undefined
    for (const id of delivered)
      ofRow(id, () => {
        setDelivered.run(now, id)
        untake(id)
        if (upTo.size === 0) return
        const row = entityOf(id)
        if (row !== undefined && upTo.get(keyOf(row)) === id) free(row)
      })
    for (const { error, id, retryAt } of failed)
      ofRow(id, () => {
        // A dead letter may be wanted when the events after it are gone.
        if (retryAt === null) versions.writeOut(id)
        setFailed.run(error, retryAt, retryAt, id)
        untake(id)
        const row = entityOf(id)
        if (row === undefined) return
        if (retryAt === null) free(row)
        else limit(keyOf(row), id)
      })
    for (const id of returned) {
      untake(id)
      if (id <= cursor) moveCursor(id - 1)
    }
  }

  const readyRows: RowsInOrder<Row> = {
    scan: (after, most) => selectReady.all(after, most) as Array<Row>,
    ids: (after, most) => selectReadyIds.all(after, most) as Array<number>,
    one: (id) => selectReadyOne.get(id) as Row | undefined,
    highest: () => (selectHighest.get() as number | null) ?? 0,
    passedBy: aside.passedBy,
    onDamaged: aside.setAside
  }
  /** The index of ready events is damaged: they are found by counting, and a look from the start would never come to the end. */
  let counting = false

  /** By when they are due, always from the first; where their index is damaged as well, none is found by counting. */
  const dueRows = (now: EpochMillis): RowsInOrder<Row> => ({
    scan: (_, most) => selectDue.all(now, most) as Array<Row>,
    ids: (_, most) => selectDueIds.all(now, most + aside.passedBy.size) as Array<number>,
    one: (id) => selectDueOne.get(id, now) as Row | undefined,
    highest: () => 0,
    passedBy: aside.passedBy,
    onDamaged: aside.setAside
  })

  const nextDue = (): number | null => unlessDamaged(() => (selectNextDue.get() as number | undefined) ?? null, null)

  const read = (from: RowsInOrder<Row>, after: number, most: number): Reading<Row> =>
    careful ? readOnwards(from, after, most) : scanOnwards(from, after, most)

  const settleAndGive: HandOverQueue["exchange"] = (settlement, want, now) => {
    settle(settlement, now)
    const events: Array<ToHandOver> = []
    // Retries first, but no more than half: neither a dead target's events nor a busy one's starve the others.
    if (want > 0 && nextDue() !== null) events.push(...give(read(dueRows(now), 0, Math.ceil(want / 2)).rows))
    for (let counts = 0; events.length < want && counts < countsAtOnce; ) {
      const { counted, more, rows, upTo: seen } = read(readyRows, cursor, want - events.length)
      events.push(...give(rows))
      moveCursor(seen)
      counting = counted && more
      if (!more) break
      if (counted) counts += 1
    }
    return { events, nextDue: nextDue() }
  }

  return {
    exchange: (settlement, want, now) => {
      undo = []
      try {
        return relaxed(() => settleAndGive(settlement, want, now))
      } catch (error) {
        for (const step of undo.reverse()) step()
        if (!isRowFailure(error)) throw error
      }
      undo = []
      careful = true
      try {
        return settleAndGive(settlement, want, now)
      } catch (error) {
        // It is asked for again as a whole; rows that were settled are settled once more.
        for (const step of undo.reverse()) step()
        throw error
      } finally {
        careful = false
      }
    },
    anyDue: (now) =>
      (selectAnyDue.all(now, aside.passedBy.size + 1) as Array<number>).some((id) => !aside.passedBy.has(id)),
    backlog: () => {
      const row = database
        .prepare(`SELECT count(*) AS events, min(id) AS first FROM delivery INDEXED BY delivery_due WHERE ${waiting}`)
        .get() as { events: number; first: number | null }
      const oldest =
        row.first === null
          ? null
          : (database.prepare("SELECT received_at FROM delivery WHERE id = ?").pluck().get(row.first) as number)
      return { events: row.events, oldestReceivedAt: oldest }
    },
    lookAgain: () => {
      if (!counting) cursor = 0
    }
  }
}
