/**
 * When all is quiet: no work under way in this thread, no request on its way, every follower settled, and some turns of
 * the event loop without news.
 */

/** Something with a clock of its own that follows the replay's: a sample program in its thread. */
export interface Follower {
  /** When it next wants to act; `null` when it waits for nothing but answers. */
  readonly nextDue: () => number | null
  readonly advance: (at: number) => void
  /**
   * The requests it has started and finished, as its last report counts them; `null` while it has not reported since it
   * was last advanced or answered. Its present counts may be further: an answer that comes meanwhile must not be
   * counted as if what it sets off were done.
   */
  readonly settled: () => RequestCounts | null
}

export interface RequestCounts {
  readonly started: number
  readonly finished: number
}

export interface Traffic {
  /** Requests that clients in this thread sent and finished. */
  readonly clientStarted: () => void
  readonly clientFinished: () => void
  /** Requests that the provider's side holds and let go. */
  readonly requestArrived: () => void
  readonly requestReleased: () => void
  /** Work in this thread that is under way for real and takes no virtual time. */
  readonly enter: () => void
  readonly leave: () => void
  /** Something happened; look again. */
  readonly wake: () => void
}

export interface Stillness extends Traffic {
  /** The number of occurrences so far. */
  readonly activity: () => number
  /** Resolves when all is quiet; `now` is for the error of a replay that never is. */
  readonly settle: (now: () => number) => Promise<void>
}

/**
 * Real milliseconds without news after which a replay that is not quiet is given up; the error has the counts of open
 * requests.
 */
const stuckAfterMs = 60_000
/** Turns of the event loop without news that count as quiet. */
const quietTurns = 2

const realImmediate = globalThis.setImmediate
const realTimeout = globalThis.setTimeout

export const makeStillness = (followers: ReadonlyArray<Follower>): Stillness => {
  let activity = 0
  let busy = 0
  const traffic = { started: 0, finished: 0, arrived: 0, released: 0 }
  let resume: (() => void) | null = null

  const wake = (): void => {
    activity += 1
    const waiting = resume
    resume = null
    waiting?.()
  }
  const counted = (change: () => void) => () => {
    change()
    wake()
  }
  const quiet = (): boolean => {
    if (busy > 0) return false
    let { finished, started } = traffic
    for (const follower of followers) {
      const reported = follower.settled()
      if (reported === null) return false
      started += reported.started
      finished += reported.finished
    }
    return started === traffic.arrived && finished === traffic.released
  }

  const settle = async (now: () => number): Promise<void> => {
    const clock = () => performance.timeOrigin + performance.now()
    for (let heard = activity, since = clock(); ; ) {
      for (let turn = 0, seen = activity; turn < quietTurns; turn++) {
        await new Promise<void>((next) => realImmediate(next))
        if (activity !== seen) {
          seen = activity
          turn = -1
        }
      }
      if (quiet()) return
      if (activity !== heard) {
        heard = activity
        since = clock()
      } else if (clock() - since > stuckAfterMs) {
        throw new Error(
          `the replay stands still at ${new Date(now()).toISOString()}: ${JSON.stringify({ busy, ...traffic })}`
        )
      }
      await new Promise<void>((next) => {
        const again = realTimeout(next, 1_000)
        resume = () => {
          clearTimeout(again)
          next()
        }
      })
    }
  }

  return {
    activity: () => activity,
    settle,
    wake,
    clientStarted: counted(() => (traffic.started += 1)),
    clientFinished: counted(() => (traffic.finished += 1)),
    requestArrived: counted(() => (traffic.arrived += 1)),
    requestReleased: counted(() => (traffic.released += 1)),
    enter: counted(() => (busy += 1)),
    leave: counted(() => (busy -= 1))
  }
}
