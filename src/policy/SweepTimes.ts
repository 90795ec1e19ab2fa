/** When a list is swept, where its interval may follow the hour of the day. Pure; spans and moments in milliseconds. */
import { busyHours, type SweepInterval } from "../domain/SweepInterval.js"

const hourMs = 3_600_000

/**
 * The sweep after one at a moment. Each moment adds to it by the rate of its hour, one sweep an interval, and it is due
 * once they add up to one: a busy hour cuts a quiet interval short, and none is longer than that.
 */
export const nextSweepAt = (interval: SweepInterval, lastAt: number): number => {
  if (typeof interval === "number") return lastAt + interval
  const isBusy = busyHours(interval.hours)!
  let at = lastAt
  for (let left = 1; ; ) {
    const hour = Math.floor(at / hourMs)
    const span = isBusy[hour % 24] ? interval.busy : interval.every
    const end = (hour + 1) * hourMs
    if (at + left * span <= end) return Math.round(at + left * span)
    left -= (end - at) / span
    at = end
  }
}
