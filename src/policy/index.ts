/** The rules on which "nothing is lost" rests, each written once. Pure: drivers do what is decided here. */
export * from "./Defaults.js"
export { isFoundAgain, senderIdentity, versionOfThin } from "./DeliveryIdentity.js"
export { lane, onArrival } from "./EntityLane.js"
export { transition } from "./EntityTransition.js"
export { finding, findingByContent, findingByStamps, findingOfUnknown } from "./ListComparison.js"
export {
  answerBoundMs,
  enoughInOrder,
  listsChanges,
  mostSingleReadings,
  readingOf,
  type Told,
  usualRecheckMs
} from "./MirrorReading.js"
export { isBehind, isOutage } from "./Outage.js"
export { type Policy, policy } from "./Policy.js"
export { firesAgain, isSwitchedOff, lossesKeptMs, type PushCounts } from "./PushLoss.js"
export { isToldByAnother, told } from "./SameChange.js"
export { type HourlyEvents, silenceFrom, silenceOf } from "./Silence.js"
export {
  dependantsSince,
  earlyMs,
  isPushLost,
  isTurn,
  isWhole,
  nextCursor,
  pagesFor,
  planSweep,
  reachedBy,
  readsDeepFrom,
  readsDependants,
  readsFrom,
  restMs,
  type SweepPlan,
  sweepRequests,
  tellsOfNews,
  walksDependants,
  wholeTurns
} from "./SweepPlan.js"
export { nextSweepAt } from "./SweepTimes.js"
export { endOfSecond, fetchedUpTo, hasMoved, isReadable, shownUpTo } from "./VersionOrder.js"
