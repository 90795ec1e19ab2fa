/** The sentences of the live comparison, from the facts that the other files work out. Pure. */
import { approximateDuration } from "../domain/DurationText.js"
import { iso, smallPercent, withArticle } from "../domain/Figures.js"
import type { EpochMillis } from "../domain/Time.js"
import type { Alarm } from "./Alarms.js"
import type { LossVerdict } from "./LossVerdict.js"
import type { NotWatched } from "./WatchWindow.js"

export const notWatchedSentence = (reason: NotWatched, settleMs: number): string => {
  switch (reason.kind) {
    case "no source":
      return `no source of the configuration is ${reason.account}: add it, so that it can be compared`
    case "no delivery":
      return `no delivery has arrived for ${reason.source} yet: is the subscription applied, and the receiver reachable?`
    case "not subscribed":
      return `no event that tells of ${withArticle(reason.entity)} is subscribed to: this poller stays`
    case "no push of the type":
      return `no push of ${withArticle(reason.entity)} has arrived yet, and hookshift did not subscribe for ${reason.source}: is one of its events subscribed to?`
    case "too early":
      return `both paths are watched since ${iso(reason.from)}, and a delivery may take ${approximateDuration(settleMs / 1000)}: nothing can be judged before ${iso(reason.from + settleMs)}`
  }
}

export const lossSentence = (
  { lossAtMost, reason }: LossVerdict,
  { confidence, tolerated }: { readonly confidence: number; readonly tolerated: number }
): string => {
  const sure = smallPercent(confidence)
  switch (reason.kind) {
    case "not healed":
      return `${reason.changes} ${reason.changes === 1 ? "change" : "changes"} reached polling only, and reconciliation has not brought ${reason.changes === 1 ? "it" : "them"} either: look at the subscriptions, and whether reconciliation runs`
    case "nothing seen":
      return "no change was seen yet that a push could bring"
    case "within tolerance":
      return `of ${reason.seen} changes that a push could bring ${reason.lost === 0 ? "none was lost" : `${reason.lost} were lost and came later`}: at most ${smallPercent(lossAtMost)} are, with ${sure} confidence`
    case "above tolerance":
      return `pushes lose ${smallPercent(reason.lost / reason.seen)} of the changes (${reason.lost} of ${reason.seen}), more than the ${smallPercent(tolerated)} that are tolerated: reconciliation or the next push brings them late; find out where they get lost`
    case "undecided":
      return `${reason.lost} of ${reason.seen} changes were lost so far: ${reason.needed} without a further loss are needed for ${sure} confidence, some ${approximateDuration(reason.watchSeconds)} more at this rate`
  }
}

const switchBack =
  "switch polling back on (hookshift cutover --undo), and look at the subscription: hookshift subscriptions status"

export const alarmSentence = ({ entity, reason }: Alarm): string =>
  reason.kind === "missed"
    ? `the last push of ${withArticle(entity)} was for a change at ${iso(reason.lastPushed)}; since then reconciliation has brought ${reason.changes} changes that an event covers: ${switchBack}`
    : `no push of ${withArticle(entity)} for ${approximateDuration(reason.silentMs / 1000)}, in which some ${Math.round(reason.expected)} were to be expected at these hours: ${switchBack}`

export const cutOverSentence = (at: EpochMillis): string => `switched off at ${iso(at)}; its pushes are watched`
