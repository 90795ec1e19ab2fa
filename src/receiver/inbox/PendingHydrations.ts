/**
 * Events that wait for their entity to be fetched, with the later events of that entity behind them: an entity's events
 * move its state in the order of arrival. Bounded, however many wait in the inbox.
 */
import type { PushedEvent } from "../../domain/Event.js"
import type { UnappliedEvent } from "./Delivery.js"

/** The first event of its entity, and the numbers of the events behind it. */
export interface PendingHydration extends UnappliedEvent {
  readonly behind: ReadonlyArray<{ readonly id: number }>
}

export interface PendingHydrations {
  readonly size: () => number
  readonly full: () => boolean
  readonly has: (id: number) => boolean
  readonly hold: (row: UnappliedEvent) => void
  /** Whether an earlier event of the entity is being hydrated; the event then waits behind it. */
  readonly putBehind: (row: UnappliedEvent) => boolean
  readonly get: (event: PushedEvent, id: number) => PendingHydration | undefined
  readonly byId: (id: number) => UnappliedEvent | undefined
  /** Releases the events behind the first up to `next`, which is to be hydrated now with `rest` behind it. */
  readonly release: (
    first: PendingHydration,
    next: UnappliedEvent | undefined,
    rest: ReadonlyArray<{ readonly id: number }>
  ) => void
  readonly clear: () => void
}

/** Entities that may be fetched at the same time. */
const most = 1_000

export const makePendingHydrations = (): PendingHydrations => {
  const held = new Map<string, UnappliedEvent & { readonly behind: Array<{ readonly id: number }> }>()
  const ids = new Set<number>()
  const keyOf = (source: string, { entity, entityId }: PushedEvent): string => `${source}\0${entity}\0${entityId}`

  const hold = (row: UnappliedEvent, behind: ReadonlyArray<{ readonly id: number }> = []): void => {
    held.set(keyOf(row.source, row.event), { ...row, behind: [...behind] })
    ids.add(row.id)
  }

  return {
    size: () => ids.size,
    full: () => held.size >= most,
    has: (id) => ids.has(id),
    hold,
    putBehind: (row) => {
      const first = held.get(keyOf(row.source, row.event))
      first?.behind.push({ id: row.id })
      if (first !== undefined) ids.add(row.id)
      return first !== undefined
    },
    get: (event, id) => [...held.values()].find((row) => row.id === id && row.event.entityId === event.entityId),
    byId: (id) => {
      for (const row of held.values()) if (row.id === id) return row
      return undefined
    },
    release: (first, next, rest) => {
      held.delete(keyOf(first.source, first.event))
      ids.delete(first.id)
      for (const { id } of first.behind) ids.delete(id)
      if (next === undefined) return
      hold(next, rest)
      for (const { id } of rest) ids.add(id)
    },
    clear: () => {
      held.clear()
      ids.clear()
    }
  }
}
