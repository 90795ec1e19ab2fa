/**
 * Events that were taken from the inbox and wait for the target: in order within an entity, entities beside each
 * other. An entity's first event is ready or under way, and its later ones wait behind it.
 */
import type { ToHandOver } from "../inbox/Delivery.js"

export interface EntityQueues {
  /** Events held, those under way included. */
  readonly held: () => number
  readonly ready: () => number
  /** Returns the ids of events that go back: those of an entity whose failure the inbox does not know yet. */
  readonly take: (events: ReadonlyArray<ToHandOver>) => ReadonlyArray<number>
  readonly next: () => ToHandOver
  /** The event is done with; the next of its entity is ready. */
  readonly done: (event: ToHandOver) => void
  /**
   * The event failed. Until the inbox knows, events of its entity go back. `parks`: those behind it go back as well,
   * since they wait for its next try; returns their ids.
   */
  readonly failed: (event: ToHandOver, parks: boolean) => ReadonlyArray<number>
  /** Entities with a failure that the inbox does not know. */
  readonly failing: () => ReadonlyArray<string>
  readonly told: (failing: ReadonlyArray<string>) => void
}

const keyOf = (event: ToHandOver): string => `${event.source}\0${event.entity}\0${event.entityId}`

export const makeEntityQueues = (): EntityQueues => {
  const ready: Array<ToHandOver> = []
  /** By entity with an event that is ready or under way: the events behind it. */
  const behind = new Map<string, Array<ToHandOver>>()
  const failing = new Set<string>()
  let held = 0
  return {
    held: () => held,
    ready: () => ready.length,
    take: (events) => {
      const returned: Array<number> = []
      for (const event of events) {
        const key = keyOf(event)
        if (failing.has(key)) {
          returned.push(event.deliveryId)
          continue
        }
        held += 1
        const queue = behind.get(key)
        if (queue === undefined) {
          behind.set(key, [])
          ready.push(event)
        } else queue.push(event)
      }
      return returned
    },
    next: () => ready.shift()!,
    done: (event) => {
      held -= 1
      const key = keyOf(event)
      const following = behind.get(key)!.shift()
      if (following === undefined) behind.delete(key)
      else ready.push(following)
    },
    failed: (event, parks) => {
      const key = keyOf(event)
      failing.add(key)
      if (!parks) return []
      const parked = behind.get(key)!.splice(0)
      held -= parked.length
      return parked.map(({ deliveryId }) => deliveryId)
    },
    failing: () => [...failing],
    told: (told) => {
      for (const key of told) failing.delete(key)
    }
  }
}
