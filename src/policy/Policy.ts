/**
 * The decisions on which "nothing is lost" rests, as the drivers are given them: the receiver with its reconciliation,
 * and the fast model. Tests replace one at a time by a wrong one, and see that the histories of both betray it
 * (docs/replay.md).
 */
import { answeredAt, isKept } from "./Acknowledgement.js"
import { identityOf, identityWithin } from "./DeliveryIdentity.js"
import { onAnswer, startsBehind } from "./EntityLane.js"
import { transitionOf } from "./EntityTransition.js"
import { fetchAgain } from "./HydrationPolicy.js"
import { mayBeGone } from "./ListComparison.js"
import { toldBefore } from "./SameChange.js"
import { isExplained, readsFrom } from "./SweepPlan.js"
import { givesWay } from "./VersionOrder.js"

export interface Policy {
  readonly answeredAt: typeof answeredAt
  readonly isKept: typeof isKept
  readonly identityOf: typeof identityOf
  readonly identityWithin: typeof identityWithin
  readonly toldBefore: typeof toldBefore
  readonly transitionOf: typeof transitionOf
  readonly onAnswer: typeof onAnswer
  readonly mayBeGone: typeof mayBeGone
  readonly fetchAgain: typeof fetchAgain
  readonly readsFrom: typeof readsFrom
  readonly isExplained: typeof isExplained
  readonly startsBehind: typeof startsBehind
  readonly givesWay: typeof givesWay
}

export const policy: Policy = {
  answeredAt,
  isKept,
  identityOf,
  identityWithin,
  toldBefore,
  transitionOf,
  onAnswer,
  mayBeGone,
  fetchAgain,
  readsFrom,
  isExplained,
  startsBehind,
  givesWay
}
