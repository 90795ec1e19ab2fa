/**
 * Stored deliveries move the state of their entities in the inbox's thread. This knows whether some have not yet, asks the thread
 * to go on, and fetches the entities of which a delivery told the id only.
 */
import type { Timekeeper } from "../domain/Time.js"
import { fetchAfterFailureMs } from "../policy/index.js"
import { StoreError } from "../store/index.js"
import type { sharedHydration } from "./hydration/SharedHydration.js"
import type { Applied, Bare } from "./inbox/Delivery.js"
import type { InboxThread } from "./inbox/InboxThread.js"
import type { Log } from "./operations/Log.js"
import type { Metrics } from "./operations/Metrics.js"
import type { Troubles } from "./operations/Troubles.js"

export interface ApplyingOptions {
  readonly ask: InboxThread["ask"]
  readonly time: Timekeeper
  readonly metrics: Metrics
  readonly troubles: Troubles
  readonly log: Log
  readonly hydrate: ReturnType<typeof sharedHydration> | null
  readonly onApplied: ((applied: Applied) => void) | undefined
  /** Events may be ready for the target. */
  readonly onMoved: () => void
  readonly onWork: ((change: 1 | -1) => void) | undefined
}

export interface Applying {
  /** Deliveries are stored that have not moved the state: this receiver's work until the thread says that there are none. */
  readonly expect: () => void
  /** Asks the thread to look for them. */
  readonly apply: () => void
  readonly applied: (applied: ReadonlyArray<Applied>, bare: ReadonlyArray<Bare>, idle: boolean, count: number) => void
  /** The disk is full or the file locked: the deliveries are in the inbox, and are looked at again. */
  readonly stuck: (reason: string) => void
  /** Events that have moved the state since the start. */
  readonly moved: () => number
  /** Resolves once all that is stored has moved the state; at once where that is so. */
  readonly settled: () => Promise<void>
  /** Asks nothing more of the thread. */
  readonly stop: () => void
}

const stuckForMs = 1_000

export const makeApplying = (options: ApplyingOptions): Applying => {
  const { ask, log, metrics, time, troubles } = options
  let stopped = false
  let moved = 0
  let expecting = false
  const whenSettled: Array<() => void> = []

  const expect = (): void => {
    if (expecting) return
    expecting = true
    options.onWork?.(1)
  }
  const settle = (): void => {
    if (!expecting) return
    expecting = false
    options.onWork?.(-1)
    for (const resolve of whenSettled.splice(0)) resolve()
  }
  const apply = (): void => {
    if (stopped) return
    expect()
    // Without its thread nothing is under way; it asks again once it runs.
    void ask("apply").catch(settle)
  }

  const hydrate = async ({ event, id, source }: Bare): Promise<void> => {
    try {
      const snapshot = await options.hydrate!(source, event)
      if (stopped) return
      // No time passes for a replay while the inbox's thread is at it.
      options.onWork?.(1)
      await ask("hydrated", id, { ...event, snapshot }).finally(() => options.onWork?.(-1))
    } catch (error) {
      const reason = error instanceof StoreError ? "inbox" : "provider"
      metrics.hydrationFailures.inc({ source, reason })
      log("warning", "an entity could not be fetched: its events wait in the inbox, and it is tried again", {
        source,
        entity: event.entity,
        reason
      })
      // Neither the provider's answer nor the inbox was to be had: later. The delivery stays in the inbox.
      time.at(time.now() + fetchAfterFailureMs, () => {
        if (stopped) return
        expect()
        void ask("retryBare", id).catch(settle)
      })
    }
  }

  return {
    expect,
    apply,
    applied: (applied, bare, idle, count) => {
      moved += count
      troubles.worked("applying")
      if (options.onApplied !== undefined) applied.forEach(options.onApplied)
      for (const one of bare) void hydrate(one)
      options.onMoved()
      if (idle) settle()
    },
    stuck: (reason) => {
      troubles.failed("applying", reason)
      settle()
      if (!stopped) time.at(time.now() + stuckForMs, apply)
    },
    moved: () => moved,
    settled: () => (expecting ? new Promise((resolve) => whenSettled.push(resolve)) : Promise.resolve()),
    stop: () => {
      stopped = true
    }
  }
}
