/** Wrong decisions in place of the policy's, as deliberate bugs make them. */
import { type Policy, policy, transition } from "../../src/policy/index.js"

/** Every event is taken for the newest. */
export const neverLate: Policy["transitionOf"] = (_stamp, _moment, wasDeleted, ...event) =>
  policy.transitionOf(Number.NaN, Number.NaN, wasDeleted, ...event)

export const neverDeleted: Policy["transitionOf"] = (...known) => policy.transitionOf(...known) & ~transition.deleted

export const fetchesTwice: Policy["fetchAgain"] = (fetched, event, fetches) =>
  fetches < 2 || policy.fetchAgain(fetched, event, fetches)

/** A start looks behind all that is on the disk. */
export const startsBehindAll: Policy["startsBehind"] = (newest) => newest

/** Every delivery of an entity's event is taken for the first one of it, whatever its stamp and content. */
export const neverNews: Policy["identityOf"] = ({ entity, entityId, event, source }) => ({
  stamp: 0,
  text: `${source} ${entity} ${entityId} ${event}`
})
