/** Whether cutting over is safe by the changes counted so far, and how much longer to watch. Pure. */
import type { ShadowLine } from "../domain/Report.js"
import { changesNeeded, lowerLoss, upperLoss } from "./LossBound.js"
import type { ShadowSettings } from "./Settings.js"
import { lasting, percent } from "./Wording.js"

export interface Verdict extends Pick<ShadowLine, "verdict" | "why"> {
  /** The share of changes that pushes lose at most, with the confidence asked. */
  readonly lossAtMost: number
  /** How much longer to watch for the confidence asked, at the rate so far; `null` where time alone does not help. */
  readonly watchSeconds: number | null
}

export const judge = (
  counts: { readonly pushed: number; readonly lost: number; readonly gone: number; readonly seconds: number },
  { confidence, tolerated }: Pick<ShadowSettings, "confidence" | "tolerated">
): Verdict => {
  const { gone, lost, pushed, seconds } = counts
  const seen = pushed + lost
  const lossAtMost = upperLoss(lost, seen, confidence)
  const sure = percent(confidence)
  if (gone > 0)
    return {
      lossAtMost,
      verdict: "notYet",
      watchSeconds: null,
      why: `${gone} ${gone === 1 ? "change" : "changes"} reached polling only, and reconciliation has not brought ${gone === 1 ? "it" : "them"} either: look at the subscriptions, and whether reconciliation runs`
    }
  if (seen === 0)
    return { lossAtMost, verdict: "notYet", watchSeconds: null, why: "no change was seen yet that a push could bring" }
  if (lossAtMost <= tolerated)
    return {
      lossAtMost,
      verdict: "safe",
      watchSeconds: 0,
      why: `of ${seen} changes that a push could bring ${lost === 0 ? "none was lost" : `${lost} were lost and came later`}: at most ${percent(lossAtMost)} are, with ${sure} confidence`
    }
  if (lowerLoss(lost, seen, confidence) > tolerated)
    return {
      lossAtMost,
      verdict: "notYet",
      watchSeconds: null,
      why: `pushes lose ${percent(lost / seen)} of the changes (${lost} of ${seen}), more than the ${percent(tolerated)} that are tolerated: reconciliation or the next push brings them late; find out where they get lost`
    }
  const needed = changesNeeded(lost, tolerated, confidence)
  const watchSeconds = Math.ceil(((needed - seen) * seconds) / seen)
  return {
    lossAtMost,
    verdict: "notYet",
    watchSeconds,
    why: `${lost} of ${seen} changes were lost so far: ${needed} without a further loss are needed for ${sure} confidence, some ${lasting(watchSeconds)} more at this rate`
  }
}
