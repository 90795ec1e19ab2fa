/**
 * Pushes that found no call left in the account's limit: deferred to the next hour, and dropped once they have waited
 * too long (FRESHWORKS.md, "Delivery limits"). From that hour on they go out in the order in which they were deferred,
 * as each period of the limit has room [assumed]. Pure: the simulator and the model of the replay drain it.
 */
import { nextPeriod } from "./CallPacing.js"
import { periodMs } from "./Provider.js"
import { longestDeferralMs } from "./PushTiming.js"

export interface DeferredPushes<Push> {
  /** Puts a push aside. Returns when to drain next; `null` where a drain is under way to be made already. */
  readonly defer: (push: Push, at: number) => number | null
  /**
   * Lets out what has its turn and finds room, and drops what would wait too long. Returns when to drain next; `null`
   * where nothing waits.
   */
  readonly drain: (at: number, handle: DrainHandler<Push>) => number | null
}

export interface DrainHandler<Push> {
  /** Takes a call of the account's limit; false where none is left. */
  readonly take: (at: number) => boolean
  readonly goesOut: (push: Push) => void
  readonly dropped: (push: Push) => void
}

export const makeDeferredPushes = <Push>(limitPeriodMs: number): DeferredPushes<Push> => {
  let waiting: Array<{ readonly push: Push; readonly since: number; readonly from: number }> = []
  let drainsAt: number | null = null
  return {
    defer: (push, at) => {
      const from = nextPeriod(at, periodMs.hour)
      waiting.push({ push, since: at, from })
      if (drainsAt !== null) return null
      drainsAt = from
      return from
    },
    drain: (at, { dropped, goesOut, take }) => {
      let done = 0
      let next: number | null = null
      for (; done < waiting.length; done++) {
        const { from, push, since } = waiting[done]!
        if (from > at) {
          next = from
          break
        }
        if (at - since > longestDeferralMs) dropped(push)
        else if (take(at)) goesOut(push)
        else {
          next = nextPeriod(at, limitPeriodMs)
          break
        }
      }
      waiting = waiting.slice(done)
      drainsAt = next
      return next
    }
  }
}
