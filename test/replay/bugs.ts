/** Ten deliberate bugs: each replaces one decision of the model by a wrong one. */
import { type Rules, rules } from "../../src/replay/index.js"

export interface Bug {
  readonly name: string
  readonly rules: Rules
  /** By which of the checker's rules it is to be found. */
  readonly foundBy: ReadonlyArray<string>
}

const bug = (name: string, wrong: Partial<Rules>, ...foundBy: ReadonlyArray<string>): Bug => ({
  name,
  rules: { ...rules, ...wrong },
  foundBy
})

export const bugs: ReadonlyArray<Bug> = [
  bug("acknowledge before commit", { answeredAt: (arrivedAt) => arrivedAt }, "acknowledged", "lost"),
  bug("cursor without overlap", { pollsFrom: (lastSweep) => lastSweep }, "polled"),
  bug("duplicate key without updated_at", { keyOf: () => 0 }, "duplicate"),
  bug("reconciliation that skips its overlap", { sweepsFrom: (sweptTo) => sweptTo }, "lost", "deleted"),
  bug("retry that forgets its count", { triesAfter: (tries) => tries }, "tries"),
  bug("late event overwrites newer", { isLate: () => false }, "order"),
  bug("deletion ignored", { isGone: () => false }, "deleted"),
  bug(
    "double hydration",
    { fetchAgain: (fetched, event, fetches) => fetches < 2 || rules.fetchAgain(fetched, event, fetches) },
    "fetches"
  ),
  bug("limiter off by one", { mayCall: (used, limit) => used <= limit }, "limit"),
  bug("lost on restart", { survivesRestart: () => false }, "lost")
]
