/**
 * The hand-over's queue: events in the order in which they moved the state, each given out once at a time. While an
 * event waits for its next try the later ones of its entity are parked (ParkedEvents.ts). The cost of a step depends on
 * the events that it moves, not on the length of the queue. Events that were not settled when the process ended are
 * given out again.
 */
import type { EpochMillis } from "../../domain/Time.js"
import { HandOverRows } from "../../store/index.js"
import type { ToHandOver } from "./Delivery.js"
import { eventBodyOf, eventIdOf } from "./EventBody.js"
import { openSnapshotReader, type SnapshotReader } from "./EventSnapshots.js"
import type { InboxFile } from "./InboxFile.js"
import { openParkedEvents, type ParkedEvents } from "./ParkedEvents.js"
import { makeQueueMemory, type QueueMemory } from "./QueueMemory.js"
import { openQueueReading } from "./QueueReading.js"
import { makeRowIsolation, type RowIsolation } from "./RowIsolation.js"
import type { SetAside } from "./SetAside.js"

export interface Settlement {
  readonly delivered: ReadonlyArray<number>
  /** `retryAt` is `null` for an event that is given up. */
  readonly failed: ReadonlyArray<{ readonly id: number; readonly retryAt: EpochMillis | null; readonly error: string }>
  /** Given out and not tried: an earlier one of the same entity has failed, or the target takes nothing now. */
  readonly returned: ReadonlyArray<number>
}

export interface Taken {
  readonly events: ReadonlyArray<ToHandOver>
  /** When the next waiting try is due; `null` when none waits. */
  readonly nextDue: EpochMillis | null
  /** There may be ready events that were not given out: released ones, or more than were wanted. */
  readonly more: boolean
}

export interface HandOverQueue {
  /**
   * Settles events that were given out, and gives out up to `want` more, oldest first; retries that are due get a
   * share. An event that cannot be read is set aside.
   */
  readonly exchange: (settlement: Settlement, want: number, now: EpochMillis) => Taken
  /** Events that wait for the handler, and how long the oldest of them has. */
  readonly backlog: () => { readonly events: number; readonly oldestReceivedAt: EpochMillis | null }
  /** Whether an event could be handed over now: given out and not settled, or ready, or due again. */
  readonly anyDue: (now: EpochMillis) => boolean
  /** Events of smaller ids than those given out last have become ready: hydrated, or brought back by a person. */
  readonly lookAgain: () => void
}

/** Rounds of reading by counting in one exchange, some 5 ms each: only a damaged index needs any. */
const countsAtOnce = 10

/** The parts that give events out and settle them. */
interface Parts {
  readonly memory: QueueMemory
  readonly parked: ParkedEvents
  readonly isolation: RowIsolation
  readonly snapshots: SnapshotReader
  readonly aside: SetAside
}

export const openHandOverQueue = (file: InboxFile, aside: SetAside): HandOverQueue => {
  const memory = makeQueueMemory()
  const parked = openParkedEvents(file, memory)
  const isolation = makeRowIsolation(file, memory, aside)
  const reading = openQueueReading(file, isolation, aside)
  const parts = { memory, parked, isolation, snapshots: openSnapshotReader(file), aside }
  const settle = openSettling(file, parts)
  const give = makeGivingOut(parts)
  /**
   * The index of ready events is damaged: they are found by counting, and a look from the start would never come to the
   * end.
   */
  let counting = false
  parked.recover()

  const settleAndGive: HandOverQueue["exchange"] = (settlement, want, now) => {
    const cursor = memory.cursor()
    settle(settlement, now)
    let left = memory.cursor() < cursor
    const events: Array<ToHandOver> = []
    // Retries first, but no more than half: neither a dead target's events nor a busy one's starve the others.
    if (want > 0 && reading.nextDue() !== null) events.push(...give(reading.due(now, Math.ceil(want / 2))))
    for (let counts = 0; events.length < want && counts < countsAtOnce; ) {
      const { counted, more, rows, upTo } = reading.ready(memory.cursor(), want - events.length)
      events.push(...give(rows))
      memory.moveCursor(upTo)
      counting = counted && more
      left = more
      if (!more) break
      if (counted) counts += 1
    }
    return { events, nextDue: reading.nextDue(), more: left }
  }

  return {
    // An exchange that fails is asked for again as a whole; rows that were settled are settled once more.
    exchange: (settlement, want, now) => isolation.run(() => settleAndGive(settlement, want, now)),
    anyDue: reading.anyDue,
    backlog: reading.backlog,
    lookAgain: () => {
      if (!counting) memory.moveCursor(0)
    }
  }
}

const makeGivingOut = ({ aside, isolation, memory, parked, snapshots }: Parts) => {
  const giveTogether = (rows: ReadonlyArray<HandOverRows.HandOverRow>): ReadonlyArray<ToHandOver> => {
    const given = rows.filter((row) => {
      if (memory.isInFlight(row.id) || aside.passedBy.has(row.id)) return false
      if (row.id > (memory.waitsFor(row) ?? row.id)) {
        parked.park(row.id)
        return false
      }
      memory.giveOut(row.id)
      return true
    })
    const known = snapshots.of(given)
    return given.map((row) => ({
      deliveryId: row.id,
      attempts: row.attempts,
      eventId: eventIdOf(row),
      source: row.source,
      entity: row.entity,
      entityId: row.entityId,
      body: eventBodyOf(row, known.get(row.id)!)
    }))
  }
  return (rows: ReadonlyArray<HandOverRows.HandOverRow>): ReadonlyArray<ToHandOver> => {
    if (!isolation.isOn()) return giveTogether(rows)
    const events: Array<ToHandOver> = []
    for (const row of rows) isolation.ofRow(row.id, () => void events.push(...giveTogether([row])))
    return events
  }
}

const openSettling = ({ database }: InboxFile, { isolation, memory, parked, snapshots }: Parts) => {
  const setDelivered = HandOverRows.setDelivered(database)
  const setFailed = HandOverRows.setFailed(database)
  const findEntity = HandOverRows.findEntity(database)
  return ({ delivered, failed, returned }: Settlement, now: EpochMillis): void => {
    for (const id of delivered)
      isolation.ofRow(id, () => {
        setDelivered.run(now, id)
        memory.settle(id)
        if (!memory.anyWaits()) return
        const entity = findEntity.get(id)
        if (entity !== undefined && memory.waitsFor(entity) === id) parked.release(entity)
      })
    for (const { error, id, retryAt } of failed)
      isolation.ofRow(id, () => {
        // A dead letter may be wanted when the events after it are gone.
        if (retryAt === null) snapshots.writeOut(id)
        setFailed.run(error, retryAt, retryAt, id)
        memory.settle(id)
        const entity = findEntity.get(id)
        if (entity === undefined) return
        if (retryAt === null) parked.release(entity)
        else memory.setWaitsFor(entity, id)
      })
    for (const id of returned) {
      memory.settle(id)
      if (id <= memory.cursor()) memory.moveCursor(id - 1)
    }
  }
}
