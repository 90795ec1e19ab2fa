/** Eleven deliberate bugs of a receiver: each replaces one decision of the production policy by a wrong one. */
import { lane } from "../../src/policy/EntityLane.js"
import { type Policy, policy, told } from "../../src/policy/index.js"
import { fetchesTwice, neverDeleted, neverLate, neverNews, startsBehindAll } from "../policy/wrongDecisions.js"

export interface Bug {
  readonly name: string
  readonly policy: Policy
  /** By which of the oracle's rules it is to be found. */
  readonly foundBy: ReadonlyArray<string>
}

const bug = (name: string, wrong: Partial<Policy>, ...foundBy: ReadonlyArray<string>): Bug => ({
  name,
  policy: { ...policy, ...wrong },
  foundBy
})

export const bugs: ReadonlyArray<Bug> = [
  bug("acknowledge before commit", { isKept: () => true }, "acknowledged"),
  bug("duplicate key without updated_at and content", { identityOf: neverNews }, "acknowledged", "duplicate"),
  bug("reconciliation that skips its overlap", { readsFrom: (sweptTo) => sweptTo + 60_000 }, "lost", "deleted"),
  bug("late event overwrites newer", { transitionOf: neverLate }, "order"),
  bug("deletion ignored", { transitionOf: neverDeleted }, "deleted"),
  bug("double hydration", { fetchAgain: fetchesTwice }, "fetches"),
  bug("lost on restart", { startsBehind: startsBehindAll }, "lost"),
  bug("an older answer serves too", { onAnswer: (lacks) => (lacks ? lane.share : lane.apply) }, "snapshot"),
  bug("one change is two events", { toldBefore: () => told.news }, "twice"),
  bug("a fetch takes back a push of its second", { givesWay: () => false }, "twice"),
  bug("an entity that a list lacks is gone at once", { mayBeGone: (isDeleted) => !isDeleted }, "deleted")
]
