/** Ten deliberate bugs of a receiver: each replaces one decision of the production policy by a wrong one. */
import { lane } from "../../src/policy/EntityLane.js"
import { type Policy, policy, told, transition } from "../../src/policy/index.js"

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
  bug(
    "duplicate key without updated_at and content",
    { identityOf: ({ entity, entityId, event, source }) => `${source} ${entity} ${entityId} ${event}` },
    "acknowledged",
    "duplicate"
  ),
  bug("reconciliation that skips its overlap", { readsFrom: (sweptTo) => sweptTo + 60_000 }, "lost", "deleted"),
  bug(
    "late event overwrites newer",
    {
      transitionOf: (_stamp, _moment, wasDeleted, ...event) =>
        policy.transitionOf(Number.NaN, Number.NaN, wasDeleted, ...event)
    },
    "order"
  ),
  bug(
    "deletion ignored",
    { transitionOf: (...known) => policy.transitionOf(...known) & ~transition.deleted },
    "deleted"
  ),
  bug(
    "double hydration",
    { fetchAgain: (fetched, event, fetches) => fetches < 2 || policy.fetchAgain(fetched, event, fetches) },
    "fetches"
  ),
  bug("lost on restart", { startsBehind: (newest) => newest }, "lost"),
  bug("an older answer serves too", { onAnswer: (lacks) => (lacks ? lane.share : lane.apply) }, "snapshot"),
  bug("one change is two events", { toldBefore: () => told.news }, "twice"),
  bug("an entity that a list lacks is gone at once", { mayBeGone: (isDeleted) => !isDeleted }, "deleted")
]
