/**
 * Moves the states of entities by stored deliveries, in the order of arrival within each entity (policy/EntityLane.ts).
 * A thin event waits for its entity to be fetched, and the later events of that entity wait behind it.
 */
import type { PushedEvent, Snapshot } from "../../domain/Event.js"
import type { EpochMillis } from "../../domain/Time.js"
import { fetchedUpTo, lane, onArrival, type Policy } from "../../policy/index.js"
import type { Applied, UnappliedEvent } from "./Delivery.js"
import type { EventReading } from "./EventReading.js"
import type { HandOverQueue } from "./HandOverQueue.js"
import type { Inbox } from "./Inbox.js"
import { makePendingHydrations, type PendingHydration } from "./PendingHydrations.js"
import type { SetAside } from "./SetAside.js"

export interface Moved {
  readonly applied: ReadonlyArray<Applied>
  /** Events to be hydrated. */
  readonly thin: ReadonlyArray<UnappliedEvent>
  /** All events have moved the state, except those that are being hydrated. */
  readonly idle: boolean
}

export interface StateMover {
  /** Whether some stored deliveries may not have moved the state. */
  readonly isDue: () => boolean
  readonly makeDue: () => void
  /** Starts again from the first delivery. */
  readonly lookAgain: () => void
  /** Moves the state by up to `most` events, in one transaction; throws where the disk is full or the file locked. */
  readonly move: (most: number) => Moved
  /** The deliveries stay in the inbox until `lookAgain`. */
  readonly stop: () => void
  /**
   * An entity was fetched for an event, asked for at `readAt`: it moves the state now, with those behind it that the
   * answer serves.
   */
  readonly hydrated: (id: number, event: PushedEvent, readAt: EpochMillis) => Moved | null
  /** The event whose hydration failed, to be hydrated again. */
  readonly failed: (id: number) => UnappliedEvent | null
  /** Whether a waiting delivery could move the state now. */
  readonly waits: () => boolean
}

export const makeStateMover = (parts: {
  readonly inbox: Inbox
  readonly aside: SetAside
  readonly queue: HandOverQueue
  readonly reading: EventReading
  readonly policy: Policy
}): StateMover => {
  const { aside, inbox, policy, queue, reading } = parts
  const held = makePendingHydrations()
  let due = true
  /** All unapplied deliveries up to here have been looked at. */
  let cursor = policy.startsBehind(inbox.newest())
  const beginning = cursor
  /** Their index is damaged: a look from the start would never end. */
  let counting = false

  const hydrated: StateMover["hydrated"] = (id, event, readAt) => {
    const first = held.get(event, id)
    if (first === undefined) return null // an earlier thread asked for it
    const stamp = reading.stampOf(first.source, event) ?? Number.NaN
    const ready: Array<PendingHydration> = [{ ...first, event: shownBy(event, event.snapshot, stamp, readAt) }]
    let next: UnappliedEvent | undefined
    let rest = first.behind
    while (rest.length > 0 && next === undefined) {
      const [row, ...others] = rest
      rest = others
      const waiting = inbox.waitingEvent(row!.id, first.source)
      if (waiting === null) continue
      const step = policy.onAnswer(reading.isThin(waiting), stamp, waiting.updatedAt ?? Number.NaN)
      const one = { id: row!.id, source: first.source, event: waiting, behind: [] }
      if (step === lane.fetch) next = one
      else if (step === lane.apply) ready.push(one)
      else ready.push({ ...one, event: shownBy(waiting, event.snapshot, stamp, readAt) })
    }
    const applied = inbox.applyAll(ready)
    held.release(first, next, rest)
    // Their numbers may be lower than those given out since.
    queue.lookAgain()
    due = true
    return { applied, thin: next === undefined ? [] : [next], idle: false }
  }

  const move: StateMover["move"] = (most) => {
    if (held.full()) {
      // Enough is being hydrated: go on when some of it is done.
      due = false
      return { applied: [], thin: [], idle: true }
    }
    const { counted, more, rows, upTo } = inbox.unapplied(cursor, most)
    const whole: Array<UnappliedEvent> = []
    const thin: Array<UnappliedEvent> = []
    for (const row of rows) {
      if (held.has(row.id)) continue
      const step = onArrival(held.putBehind(row), reading.isThin(row.event))
      if (step === lane.apply) whole.push(row)
      if (step !== lane.fetch) continue
      held.hold(row)
      thin.push(row)
    }
    const applied = whole.length === 0 ? [] : inbox.applyAll(whole)
    cursor = upTo
    counting = counted && more
    due = more
    return { applied, thin, idle: !more }
  }

  return {
    isDue: () => due,
    makeDue: () => {
      due = true
    },
    lookAgain: () => {
      if (!counting) cursor = beginning
      due = true
    },
    move,
    stop: () => {
      due = false
      cursor = beginning
      held.clear()
    },
    hydrated,
    failed: (id) => {
      due = true
      return held.byId(id) ?? null
    },
    waits: () => {
      const passed = held.size() + aside.passedBy.size
      return inbox.unappliedIds(passed + 1).some((id) => !held.has(id) && !aside.passedBy.has(id))
    }
  }
}

/** A thin event with the answer to its request. A moment of its own is the change's, and stays. */
const shownBy = (event: PushedEvent, snapshot: Snapshot | null, stamp: number, readAt: EpochMillis): PushedEvent => {
  const upTo = fetchedUpTo(event.updatedAt ?? Number.NaN, stamp, readAt)
  return { ...event, snapshot, shownBy: "item", occurredAt: event.occurredAt ?? (Number.isNaN(upTo) ? null : upTo) }
}
