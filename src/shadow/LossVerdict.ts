/** Whether cutting over is safe by the changes counted so far, and how much longer to watch. Pure. */

import { changesNeeded, lowerLoss, upperLoss } from "../domain/LossBound.js"
import type { ShadowLine } from "../domain/ShadowSection.js"
import type { ShadowSettings } from "./Settings.js"

export interface LossCounts {
  readonly pushed: number
  readonly lost: number
  /** Of `lost`: not healed by reconciliation in its time either. */
  readonly gone: number
  /** How long both paths were watched. */
  readonly seconds: number
}

export interface LossVerdict {
  /** Upper bound of the share of changes that pushes lose, at the confidence asked. */
  readonly lossAtMost: number
  readonly verdict: Extract<ShadowLine["verdict"], "safe" | "notYet">
  /** How much longer to watch for the confidence asked, at the rate so far; `null` where time alone does not help. */
  readonly watchSeconds: number | null
  readonly reason: LossReason
}

export type LossReason =
  | { readonly kind: "not healed"; readonly changes: number }
  | { readonly kind: "nothing seen" }
  | { readonly kind: "within tolerance" | "above tolerance"; readonly lost: number; readonly seen: number }
  | {
      readonly kind: "undecided"
      readonly lost: number
      readonly seen: number
      /** Changes that decide, if no further one is lost. */
      readonly needed: number
      readonly watchSeconds: number
    }

/** Decided by the exact bounds of the loss rate (LossBound.ts): above the tolerance, within it, or not yet known. */
export const lossVerdict = (
  { gone, lost, pushed, seconds }: LossCounts,
  { confidence, tolerated }: Pick<ShadowSettings, "confidence" | "tolerated">
): LossVerdict => {
  const seen = pushed + lost
  const lossAtMost = upperLoss(lost, seen, confidence)
  const notYet = (reason: LossReason, watchSeconds: number | null = null): LossVerdict => ({
    lossAtMost,
    verdict: "notYet",
    watchSeconds,
    reason
  })
  if (gone > 0) return notYet({ kind: "not healed", changes: gone })
  if (seen === 0) return notYet({ kind: "nothing seen" })
  if (lossAtMost <= tolerated)
    return { lossAtMost, verdict: "safe", watchSeconds: 0, reason: { kind: "within tolerance", lost, seen } }
  if (lowerLoss(lost, seen, confidence) > tolerated) return notYet({ kind: "above tolerance", lost, seen })
  const needed = changesNeeded(lost, tolerated, confidence)
  const watchSeconds = Math.ceil(((needed - seen) * seconds) / seen)
  return notYet({ kind: "undecided", lost, seen, needed, watchSeconds }, watchSeconds)
}
