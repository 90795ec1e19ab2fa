/**
 * Events that wait for what they lack to be fetched, and the later ones of the same entity behind them: an entity's events
 * move its state in the order in which they came. Bounded, whatever waits in the inbox.
 */
import type { PushedEvent } from "../../domain/Event.js"
import type { Bare } from "./Delivery.js"

export interface Held extends Bare {
  readonly behind: ReadonlyArray<{ readonly id: number }>
}

/** Entities for which something may be under way at the same time. */
const most = 1_000

export const makeHeldEvents = () => {
  const held = new Map<string, Bare & { readonly behind: Array<{ readonly id: number }> }>()
  const ids = new Set<number>()
  const keyOf = (source: string, { entity, entityId }: PushedEvent): string => `${source}\0${entity}\0${entityId}`

  const hold = (row: Bare, behind: ReadonlyArray<{ readonly id: number }> = []): void => {
    held.set(keyOf(row.source, row.event), { ...row, behind: [...behind] })
    ids.add(row.id)
  }

  return {
    size: () => ids.size,
    full: () => held.size >= most,
    has: (id: number) => ids.has(id),
    hold,
    /** Whether an earlier one of its entity is being fetched for; it waits behind that then. */
    putBehind: (row: Bare): boolean => {
      const first = held.get(keyOf(row.source, row.event))
      first?.behind.push({ id: row.id })
      if (first !== undefined) ids.add(row.id)
      return first !== undefined
    },
    get: (event: PushedEvent, id: number): Held | undefined =>
      [...held.values()].find((row) => row.id === id && row.event.entityId === event.entityId),
    byId: (id: number): Bare | undefined => {
      for (const row of held.values()) if (row.id === id) return row
      return undefined
    },
    /** What was behind is free, up to `next`, which is to be fetched for now, with `rest` behind it. */
    release: (first: Held, next: Bare | undefined, rest: ReadonlyArray<{ readonly id: number }>): void => {
      held.delete(keyOf(first.source, first.event))
      ids.delete(first.id)
      for (const { id } of first.behind) ids.delete(id)
      if (next === undefined) return
      hold(next, rest)
      for (const { id } of rest) ids.add(id)
    },
    clear: (): void => {
      held.clear()
      ids.clear()
    }
  }
}
