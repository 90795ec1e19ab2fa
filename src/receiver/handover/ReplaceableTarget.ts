/**
 * A target whose address or secret may change while events are handed over. The target before finishes the events it
 * has in hand.
 */
import type { Target } from "./Target.js"

export interface ReplaceableTarget extends Target {
  readonly replace: (next: Target) => void
}

interface Used {
  readonly target: Target
  inHand: number
}

export const replaceableTarget = (first: Target): ReplaceableTarget => {
  let current: Used = { target: first, inHand: 0 }
  const closeIfDone = (used: Used): void => {
    // A target that cannot be closed has no event in hand, and goes with the process.
    if (used !== current && used.inHand === 0) void used.target.close?.().catch(() => undefined)
  }
  return {
    get timeoutMs() {
      return current.target.timeoutMs
    },
    deliver: async (event, mayLeave) => {
      const used = current
      used.inHand += 1
      try {
        await used.target.deliver(event, mayLeave)
      } finally {
        used.inHand -= 1
        closeIfDone(used)
      }
    },
    replace: (next) => {
      const before = current
      current = { target: next, inHand: 0 }
      closeIfDone(before)
    },
    close: async () => current.target.close?.()
  }
}
