/**
 * Checks every 5 s whether the events in the inbox move on. A stall that nothing reports (a thread that hangs, a lost
 * wake-up, a handler that never answers) is found by this alone.
 */
import type { InboxThread } from "../inbox/InboxThread.js"
import { lastingAfterMs, type Troubles } from "./Troubles.js"

export interface Standing {
  /** Events that were delivered or failed, and events that were applied, since the start. */
  readonly handedOver: number
  readonly applied: number
  /** No target, or one that is down and is retried: waiting is right. */
  readonly excused: boolean
  /** Events that the target has in hand, and how long it may have one. */
  readonly inHand: number
  readonly mayHoldMs: number
}

/** How long events have waited without a move; `null` where none waits or one moved. Pure but for its memory. */
export const makeStallClock = () => {
  let moves = -1
  let since: number | null = null
  return (now: number, waits: boolean, movesNow: number): number | null => {
    if (!waits || movesNow !== moves) {
      moves = movesNow
      since = waits ? now : null
      return null
    }
    since ??= now
    return now - since
  }
}

export interface WatchdogOptions {
  readonly thread: Pick<InboxThread, "ask">
  readonly troubles: Troubles
  readonly standing: () => Standing
  readonly wallNow: () => number
  readonly everyMs?: number | undefined
  readonly stalledAfterMs?: number | undefined
  /** Milliseconds on a clock that never jumps. */
  readonly now: () => number
}

const lookEveryMs = 5_000

/** Returns how to stop it. */
export const startWatchdog = (options: WatchdogOptions): (() => void) => {
  const { now, standing, thread, troubles, wallNow } = options
  const stalledAfterMs = options.stalledAfterMs ?? lastingAfterMs
  const applying = makeStallClock()
  const handingOver = makeStallClock()
  let askedAt: number | null = null

  const look = async (): Promise<void> => {
    if (askedAt !== null) {
      const forMs = now() - askedAt
      if (forMs >= stalledAfterMs) troubles.failed("thread", "no answer", forMs)
      return
    }
    askedAt = now()
    try {
      const waiting = await thread.ask("waiting", wallNow())
      troubles.worked("thread")
      judge(waiting)
      // Senders may stay away because of it: checked without them.
      if (troubles.has("intake") && (await thread.ask("writable"))) troubles.worked("intake")
    } catch (error) {
      troubles.failed("thread", (error as { readonly reason?: string }).reason ?? "unknown")
    } finally {
      askedAt = null
    }
  }

  const judge = ({ toApply, toHandOver }: { readonly toApply: boolean; readonly toHandOver: boolean }): void => {
    const { applied, excused, handedOver, inHand, mayHoldMs } = standing()
    const unapplied = applying(now(), toApply, applied)
    if (unapplied === null) troubles.worked("applying stalled")
    else if (unapplied >= stalledAfterMs) troubles.failed("applying stalled", "no event was applied", unapplied)
    const unhanded = handingOver(now(), toHandOver && !excused, handedOver)
    const patience = stalledAfterMs + (inHand > 0 ? mayHoldMs : 0)
    if (unhanded === null) troubles.worked("hand-over stalled")
    else if (unhanded >= patience)
      troubles.failed(
        "hand-over stalled",
        inHand > 0 ? "the target has not answered" : "the target is not refusing",
        unhanded
      )
  }

  const timer = setInterval(() => void look(), options.everyMs ?? lookEveryMs)
  timer.unref()
  return () => clearInterval(timer)
}
