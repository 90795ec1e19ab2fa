/**
 * Stored deliveries move the state of their entities in the inbox's thread. This asks for it, and takes the results.
 */
import type { Timekeeper } from "../domain/Time.js"
import type { ThinEvents } from "./hydration/ThinEvents.js"
import type { Applied, UnappliedEvent } from "./inbox/Delivery.js"
import type { InboxThread } from "./inbox/InboxThread.js"
import type { Troubles } from "./operations/Troubles.js"
import type { Quiescence } from "./Quiescence.js"

export interface ApplyingOptions {
  readonly ask: InboxThread["ask"]
  readonly time: Timekeeper
  readonly troubles: Troubles
  readonly quiescence: Quiescence
  readonly thinEvents: ThinEvents
  readonly onApplied: ((applied: Applied) => void) | undefined
  /** Events may be ready for the target. */
  readonly onMoved: () => void
}

export interface Applying {
  /** Asks the thread to look for deliveries that have not moved the state. */
  readonly apply: () => void
  readonly applied: (
    applied: ReadonlyArray<Applied>,
    thin: ReadonlyArray<UnappliedEvent>,
    idle: boolean,
    count: number
  ) => void
  /** The disk is full or the file locked: the deliveries are in the inbox, and are looked at again. */
  readonly stuck: (reason: string) => void
  /** Events that have moved the state since the start. */
  readonly moved: () => number
  /** Asks nothing more of the thread. */
  readonly stop: () => void
}

const stuckForMs = 1_000

export const makeApplying = (options: ApplyingOptions): Applying => {
  const { ask, onApplied, onMoved, quiescence, thinEvents, time, troubles } = options
  let stopped = false
  let moved = 0
  let waiting = false

  const apply = (): void => {
    if (stopped) return
    quiescence.expectState()
    // Without its thread nothing is under way; it asks again once it runs.
    void ask("apply").catch(quiescence.stateSettled)
  }

  return {
    apply,
    applied: (applied, thin, idle, count) => {
      moved += count
      troubles.worked("applying")
      if (onApplied !== undefined) applied.forEach(onApplied)
      for (const event of thin) void thinEvents.hydrate(event)
      onMoved()
      if (idle) quiescence.stateSettled()
    },
    stuck: (reason) => {
      troubles.failed("applying", reason)
      quiescence.stateSettled()
      // Each commit that fails meanwhile tries to move the state, and tells of it.
      if (stopped || waiting) return
      waiting = true
      time.at(time.now() + stuckForMs, () => {
        waiting = false
        apply()
      })
    },
    moved: () => moved,
    stop: () => {
      stopped = true
      thinEvents.stop()
    }
  }
}
