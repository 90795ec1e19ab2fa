/**
 * When a push goes out, and whether: from a change to its first attempt, with the faults on the way and the route's
 * allowance. Pure: the draws are given, and each push draws the same numbers in the same order.
 */
import { exponential } from "../domain/Exponential.js"
import type { PushFault } from "../domain/Fault.js"
import { type PushAllowance, periodMs } from "./Provider.js"

/** From a change to its first attempt: a second of queueing and an exponential tail, in milliseconds [assumed]. */
export const deliveryLatency = { floorMs: 700, meanTailMs: 1_800, longestMs: 30_000 }

/** A push deferred for longer than this is dropped (FRESHWORKS.md, "Delivery limits"). */
export const longestDeferralMs = 86_400_000

/** Shares of the pushes, 0 to 1. */
export interface PushFaults extends Readonly<Record<PushFault, number>> {
  /** Vanish on the way, with no retry. */
  readonly drop: number
  /** Come twice. */
  readonly duplicate: number
  /** Are held back for up to a minute, so that later ones overtake. */
  readonly reorder: number
  /** Are held back for up to ten minutes. */
  readonly delay: number
}

export const noPushFaults: PushFaults = { drop: 0, duplicate: 0, reorder: 0, delay: 0 }

/** Filled in by `timePush`: an object for each sender, so that a million pushes make no garbage. */
export interface PushTiming {
  /** Milliseconds from the change to the first attempt. */
  dueMs: number
  dropped: boolean
  duplicated: boolean
}

export const timePush = (draw: () => number, faults: PushFaults, timing: PushTiming): void => {
  const latency = Math.min(
    deliveryLatency.longestMs,
    deliveryLatency.floorMs + exponential(draw, deliveryLatency.meanTailMs)
  )
  const drop = draw()
  const duplicate = draw()
  const reorder = draw()
  const delay = draw()
  let held = 0
  if (reorder < faults.reorder) held += 5_000 + draw() * 55_000
  if (delay < faults.delay) held += 30_000 + draw() * 570_000
  timing.dueMs = latency + held
  timing.dropped = drop < faults.drop
  timing.duplicated = duplicate < faults.duplicate
}

/** How long after the first copy the second one comes, in milliseconds. */
export const copyAfterMs = (draw: () => number): number => 1_000 + draw() * 20_000

/**
 * How long an allowance makes a push wait that would go out at `due`; `null` when it is dropped. Counts it. A row of
 * full periods is skipped at once, however long.
 */
export const makeDeferral = (allowance: PushAllowance | undefined): ((due: number) => number | null) => {
  if (allowance === undefined) return () => 0
  const period = periodMs[allowance.period]
  const used = new Map<number, number>()
  let fullFrom = 0
  let fullTo = 0
  return (due) => {
    let window = Math.floor(due / period)
    if (window >= fullFrom && window < fullTo) window = fullTo
    for (; ; window++) {
      const start = window * period
      if (start - due > longestDeferralMs) return null
      const count = used.get(window) ?? 0
      if (count >= allowance.requests) continue
      used.set(window, count + 1)
      if (count + 1 === allowance.requests) {
        if (window === fullTo) fullTo = window + 1
        else if (window > fullTo) [fullFrom, fullTo] = [window, window + 1]
      }
      if (used.size > 8_192) {
        // Pushes come in the order of their changes, held back by eleven minutes at most.
        const past = Math.floor((due - 3_600_000) / period)
        for (const old of used.keys()) if (old < past) used.delete(old)
      }
      return Math.max(0, start - due)
    }
  }
}
