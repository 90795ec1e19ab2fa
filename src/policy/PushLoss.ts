/**
 * Whether reconciliation heals more changes than chance loses: an event that was switched off, or fires no longer for
 * some of them. Pure.
 */
import { lowerLoss } from "../domain/LossBound.js"

/** Share of the pushes that chance may lose, on the way or at the sender [assumed]. */
const tolerated = 0.05
/** Significance level: some ten thousand sweeps a year are judged, and losses by chance may raise no alarm. */
const improbable = 1e-6

/** Changes that reconciliation alone has brought are looked at for so long. */
export const lossesKeptMs = 7 * 86_400_000

/** The outcomes of the changes that one event covers. */
export interface PushCounts {
  /** Within the interval of the last sweep: changes that it healed, and pushes that came. */
  readonly lost: number
  readonly pushed: number
  /** Healed changes that are newer than all that its pushes have told. */
  readonly inARow: number
}

const isImprobable = (lost: number, seen: number): boolean => lowerLoss(lost, seen, 1 - improbable) > tolerated

/** Five in a row, or a share of the last interval that chance does not explain: 9 of 20, 19 of 100, 87 of 1,000. */
export const isSwitchedOff = ({ inARow, lost, pushed }: PushCounts): boolean =>
  isImprobable(inARow, inARow) || isImprobable(lost, lost + pushed)

/**
 * Whether an event that was taken for switched off fires again: pushes came in the last interval, and few were lost.
 */
export const firesAgain = ({ lost, pushed }: PushCounts): boolean => pushed > 0 && lost <= tolerated * (lost + pushed)
