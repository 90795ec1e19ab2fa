/** Ten deliberate bugs: each replaces one decision, of the policy or of the receiver's surroundings, by a wrong one. */
import { type Policy, policy } from "../../src/policy/index.js"
import { type Surroundings, surroundings } from "../../src/replay/index.js"
import { fetchesTwice, neverDeleted, neverLate, neverNews, startsBehindAll } from "../policy/wrongDecisions.js"

export interface Decisions {
  readonly policy: Policy
  readonly surroundings: Surroundings
}

export const decisions: Decisions = { policy, surroundings }

export interface Bug {
  readonly name: string
  readonly decisions: Decisions
  /** By which of the checker's rules it is to be found. */
  readonly foundBy: ReadonlyArray<string>
}

const ofPolicy = (name: string, wrong: Partial<Policy>, ...foundBy: ReadonlyArray<string>): Bug => ({
  name,
  decisions: { surroundings, policy: { ...policy, ...wrong } },
  foundBy
})
const around = (name: string, wrong: Partial<Surroundings>, ...foundBy: ReadonlyArray<string>): Bug => ({
  name,
  decisions: { policy, surroundings: { ...surroundings, ...wrong } },
  foundBy
})

export const bugs: ReadonlyArray<Bug> = [
  ofPolicy(
    "acknowledge before commit",
    { answeredAt: (arrivedAt) => arrivedAt, isKept: () => true },
    "acknowledged",
    "lost"
  ),
  around("cursor without overlap", { pollsFrom: (lastSweep) => lastSweep }, "polled"),
  ofPolicy("duplicate key without updated_at", { identityWithin: () => 0, identityOf: neverNews }, "duplicate"),
  ofPolicy("reconciliation that skips its overlap", { readsFrom: (sweptTo) => sweptTo }, "lost", "deleted"),
  around("retry that forgets its count", { triesAfter: (tries) => tries }, "tries"),
  ofPolicy("late event overwrites newer", { transitionOf: neverLate }, "order"),
  ofPolicy("deletion ignored", { transitionOf: neverDeleted }, "deleted"),
  ofPolicy("double hydration", { fetchAgain: fetchesTwice }, "fetches"),
  around("limiter off by one", { callsWithin: (limit) => limit + 1 }, "limit"),
  ofPolicy("lost on restart", { startsBehind: startsBehindAll }, "lost")
]
