/** Busy hours in which a list is swept more often than in the others, where changes come by the hour. Pure; seconds. */
import type { HourlyInterval } from "../../domain/SweepInterval.js"
import { doubtedShare, type HourlyShares } from "../estimates/HourlyLags.js"

/** A goal's demand on the changes that wait for one list. */
export interface LateShare {
  /** After which a change is late. */
  readonly seconds: number
  /** Share of the poller's changes that wait for the list. */
  readonly waits: number
  /** Share of the poller's changes that may be late by it. */
  readonly mayBeLate: number
  readonly byHour: HourlyShares
}

const hours = 24

const lateShare = (seconds: number, every: number): number => Math.max(0, 1 - seconds / every)

/**
 * The longest interval of the busy hours in which a share of the changes comes, for the interval Q of the others
 * (docs/plan.md): q · (W · (1 − d/B) + (1 − W) · (1 − d/Q)) ≤ l. `null` where no interval is short enough.
 */
export const longestBusy = ({ mayBeLate, seconds, waits }: LateShare, share: number, quiet: number): number | null => {
  const late = (mayBeLate / waits - (1 - share) * lateShare(seconds, quiet)) / share
  if (late < 0) return null
  return late >= 1 ? Number.POSITIVE_INFINITY : seconds / (1 - late)
}

/**
 * Spans of hours, the fewest sweeps a day first, each with the longest of the steps that the goals allow hour by hour.
 */
export const busyHoursFor = (
  asked: ReadonlyArray<LateShare>,
  quiet: number,
  steps: ReadonlyArray<number>
): ReadonlyArray<HourlyInterval> => {
  const found: Array<{ readonly interval: HourlyInterval; readonly sweeps: number }> = []
  for (let from = 0; from < hours; from++) {
    const shares = asked.map(() => 0)
    for (let length = 1; length < hours; length++) {
      const last = (from + length - 1) % hours
      let most = quiet
      asked.forEach((one, place) => {
        shares[place]! += one.byHour.shares[last]!
        const share = doubtedShare(shares[place]!, one.byHour.changes)
        most = Math.min(most, longestBusy(one, share, quiet) ?? 0)
      })
      const busy = steps.findLast((step) => step <= most && step < quiet)
      if (busy === undefined) continue
      const interval = { every: quiet, busy, hours: `${from}-${(from + length) % hours || hours}` }
      found.push({ interval, sweeps: length / busy + (hours - length) / quiet })
    }
  }
  return found.sort((a, b) => a.sweeps - b.sweeps).map(({ interval }) => interval)
}
