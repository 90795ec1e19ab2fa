/** Calls a day, now and after, from a window of any length. */
import type { Report } from "../../domain/Report.js"

const daySeconds = 86_400

/**
 * Whether the window is shorter than what its figures rest on: calls after a migration hold a whole reconciliation
 * then, and say nothing beside the calls of the window.
 */
export const isShort = ({ totals }: Pick<Report, "totals">): boolean => (totals.extrapolation ?? null) !== null

export interface CallsADay {
  readonly now: number
  readonly after: number
  readonly reduction: number
  /** Length of the recording that was scaled to a day, in seconds; `null` of a day. */
  readonly from: number | null
}

/** `null` where a short window allows no extrapolation. */
export const callsADay = ({ totals, window }: Pick<Report, "totals" | "window">): CallsADay | null => {
  const far = totals.extrapolation ?? null
  const { calls, callsAfter, reduction } = far ?? totals
  const seconds = far?.toSeconds ?? window.seconds
  if (calls === null || callsAfter === null || reduction === null || seconds === 0) return null
  const scale = daySeconds / seconds
  return {
    now: Math.round(calls * scale),
    after: Math.round(callsAfter * scale),
    reduction,
    from: window.seconds === daySeconds ? null : window.seconds
  }
}
