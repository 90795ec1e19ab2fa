/**
 * Fetches the entities of thin events, which tell an id only, and gives them to the inbox. Their deliveries wait in
 * it meanwhile.
 */
import type { PushedEvent } from "../../domain/Event.js"
import type { Timekeeper } from "../../domain/Time.js"
import { fetchAfterFailureMs } from "../../policy/index.js"
import { StoreError } from "../../store/index.js"
import type { UnappliedEvent } from "../inbox/Delivery.js"
import type { InboxThread } from "../inbox/InboxThread.js"
import type { Log } from "../operations/Log.js"
import type { Metrics } from "../operations/Metrics.js"
import type { Quiescence } from "../Quiescence.js"
import type { Answer } from "./SharedHydration.js"

export interface ThinEvents {
  readonly hydrate: (event: UnappliedEvent) => Promise<void>
  /** Asks nothing more of the inbox. */
  readonly stop: () => void
}

export const makeThinEvents = (options: {
  readonly ask: InboxThread["ask"]
  readonly fetch: (source: string, event: PushedEvent) => Promise<Answer>
  readonly time: Timekeeper
  readonly metrics: Metrics
  readonly quiescence: Quiescence
  readonly log: Log
}): ThinEvents => {
  const { ask, fetch, log, metrics, quiescence, time } = options
  let stopped = false

  const retryLater = (id: number): void => {
    time.at(time.now() + fetchAfterFailureMs, () => {
      if (stopped) return
      quiescence.expectState()
      void ask("retryThin", id).catch(quiescence.stateSettled)
    })
  }

  return {
    hydrate: async ({ event, id, source }) => {
      try {
        const { readAt, snapshot } = await fetch(source, event)
        if (stopped) return
        await quiescence.during(() => ask("hydrated", id, { ...event, snapshot }, readAt))
      } catch (error) {
        const reason = error instanceof StoreError ? "inbox" : "provider"
        metrics.hydrationFailures.inc({ source, reason })
        log("warning", "an entity could not be fetched: its events wait in the inbox, and it is tried again", {
          source,
          entity: event.entity,
          reason
        })
        retryLater(id)
      }
    },
    stop: () => {
      stopped = true
    }
  }
}
