/**
 * From the inbox to the handler: at least once, in the order in which deliveries of one entity came, with retries that
 * back off exponentially, and then dead letters. Different entities do not wait for each other.
 */

import type { HandedEvent } from "../domain/Event.js"
import { groupBy } from "../domain/Grouping.js"
import type { Timekeeper } from "../domain/Time.js"
import type { ToHandOver } from "./Delivery.js"
import type { Inbox } from "./Inbox.js"
import type { Metrics } from "./Metrics.js"

export type EventHandler = (event: HandedEvent) => void | Promise<void>

export interface HandOver {
  /** Something may be due. */
  readonly wake: () => void
  readonly idle: () => boolean
  readonly stop: () => Promise<void>
}

/** Waits before each further try, in seconds: 16 tries over some nine hours. */
const retryAfterSeconds = [1, 2, 5, 10, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 7200, 7200]
const batchSize = 256

export const startHandOver = (inbox: Inbox, handler: EventHandler, time: Timekeeper, metrics: Metrics): HandOver => {
  let running: Promise<void> | null = null
  let wanted = false
  let stopped = false
  let cancelTimer = (): void => undefined
  /** Entities whose oldest event waits for its next try: the later ones wait behind it. */
  const blocked = new Map<string, { readonly deliveryId: number; readonly until: number }>()
  const keyOf = ({ event }: ToHandOver): string => `${event.source}\0${event.entity}\0${event.entityId}`
  for (const waiting of inbox.waitingForRetry()) blocked.set(waiting.key, waiting)

  // Marked together after the round: a crash before that hands these over once more, which the handler has to bear.
  let delivered: Array<number> = []

  const one = async (item: ToHandOver): Promise<void> => {
    const { event } = item
    const key = keyOf(item)
    const first = blocked.get(key)
    if (first !== undefined && first.deliveryId !== item.deliveryId && first.until > time.now()) {
      inbox.postpone(item.deliveryId, first.until + 1)
      return
    }
    try {
      await handler(event)
      blocked.delete(key)
      delivered.push(item.deliveryId)
      metrics.handedOver.inc({ source: event.source, result: "delivered" })
    } catch (error) {
      const wait = retryAfterSeconds[item.attempts]
      // The handler's own words may hold the event's data: only the kind of error is kept.
      const kind = error instanceof Error ? error.name : "Error"
      if (wait === undefined) blocked.delete(key)
      else blocked.set(key, { deliveryId: item.deliveryId, until: time.now() + wait * 1000 })
      inbox.failed(item.deliveryId, wait === undefined ? null : time.now() + wait * 1000, kind)
      metrics.handedOver.inc({ source: event.source, result: wait === undefined ? "dead" : "failed" })
    }
  }

  const round = async (): Promise<void> => {
    while (wanted && !stopped) {
      wanted = false
      const items = inbox.due(time.now(), batchSize)
      if (items.length === 0) break
      if (items.length === batchSize) wanted = true
      await Promise.all(
        [...groupBy(items, keyOf).values()].map(async (queue) => {
          // After a failure the rest of the queue is looked at too: `one` puts it behind what failed.
          for (const item of queue) await one(item)
        })
      )
      const done = delivered
      delivered = []
      if (done.length > 0) inbox.delivered(done, time.now())
    }
    const next = stopped ? null : inbox.nextDue()
    cancelTimer()
    if (next !== null) cancelTimer = time.at(Math.max(next, time.now() + 10), wake)
  }

  const wake = (): void => {
    wanted = true
    if (running !== null || stopped) return
    running = round().finally(() => {
      running = null
      if (wanted) wake()
    })
  }

  return {
    wake,
    idle: () => running === null,
    stop: async () => {
      stopped = true
      cancelTimer()
      await running
    }
  }
}
