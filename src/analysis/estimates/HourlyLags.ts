/**
 * When in the UTC day the changes of a type come, and how long one waits for a sweep whose interval follows the hour.
 * Pure; spans in seconds.
 */
import { busyHours, type HourlyInterval, type SweepInterval } from "../../domain/SweepInterval.js"
import type { EpochMillis } from "../../domain/Time.js"

/** When in the UTC day changes come. */
export interface HourlyShares {
  /** By hour; they add up to one. */
  readonly shares: ReadonlyArray<number>
  /** Changes that they rest on. */
  readonly changes: number
}

const hours = 24
const hourMs = 3_600_000
const hourSeconds = hourMs / 1_000

/**
 * Of the changes of a window, by the time that it has of each hour. One change more is counted in each: few changes say
 * little of their hours (Laplace's rule of succession). `null` where the window does not have all hours whole.
 */
export const hourlyShares = (
  changes: ReadonlyArray<{ readonly updatedAt: EpochMillis }>,
  { from, to }: { readonly from: EpochMillis; readonly to: EpochMillis }
): HourlyShares | null => {
  if (to - from < hours * hourMs) return null
  const days = Array.from({ length: hours }, () => 0)
  for (let at = from; at < to; ) {
    const hour = Math.floor(at / hourMs)
    const end = Math.min(to, (hour + 1) * hourMs)
    days[hour % hours]! += (end - at) / hourMs
    at = end
  }
  const counts = Array.from({ length: hours }, () => 0)
  for (const { updatedAt } of changes)
    if (updatedAt >= from && updatedAt < to) counts[Math.floor(updatedAt / hourMs) % hours]! += 1
  const windowDays = (to - from) / (hours * hourMs)
  const rates = counts.map((count, hour) => (count * windowDays) / days[hour]! + 1)
  const sum = rates.reduce((all, rate) => all + rate, 0)
  return { shares: rates.map((rate) => rate / sum), changes: counts.reduce((all, count) => all + count, 0) }
}

/** Standard errors by which a plan doubts the share of its busy hours. */
const doubts = 1

/** A share of busy hours, less what it may owe to chance. */
export const doubtedShare = (share: number, changes: number): number =>
  Math.max(0, share - doubts * Math.sqrt((share * (1 - share)) / (changes + hours)))

/** The same with fewer changes in the busy hours, and more in the others. */
export const doubted = ({ changes, shares }: HourlyShares, busy: string): HourlyShares => {
  const isBusy = busyHours(busy)!
  const known = shares.reduce((sum, share, hour) => sum + (isBusy[hour] ? share : 0), 0)
  const left = doubtedShare(known, changes)
  const scale = (one: boolean): number => (one ? left / known : (1 - left) / (1 - known))
  return { changes, shares: shares.map((share, hour) => share * scale(isBusy[hour]!)) }
}

const even: HourlyShares = { shares: Array.from({ length: hours }, () => 1 / hours), changes: 0 }

/** The lags of changes that wait for a sweep. */
export interface WaitingLags {
  /** Share of the changes that a sweep brings within a span. */
  readonly within: (seconds: number) => number
  /** The span within which it brings a share. */
  readonly quantile: (share: number) => number
}

export const lagsOf = (every: SweepInterval, byHour: HourlyShares | null): WaitingLags =>
  typeof every === "number"
    ? { within: (seconds) => Math.min(1, seconds / every), quantile: (share) => share * every }
    : hourlyLags(every, byHour ?? even)

/** Moments of each hour at which changes are taken to come. */
const momentsAnHour = 12
/** Halvings of the interval that lead to a quantile: to a hundredth of a second of a day. */
const halvings = 24

/**
 * A sweep comes once the rates of the moments since a change add up to a number that is evenly drawn from 0 to 1: so
 * many of them come within a span as the rates in it add up to, and all where that is one.
 */
const hourlyLags = ({ busy, every, hours: text }: HourlyInterval, { shares }: HourlyShares): WaitingLags => {
  const isBusy = busyHours(text)!
  /** Sweeps from midnight to the beginning of each hour. */
  const before = [0]
  for (const one of isBusy) before.push(before.at(-1)! + hourSeconds / (one ? busy : every))
  const sweepsUntil = (seconds: number): number => {
    const [day, hour] = [Math.floor(seconds / (hours * hourSeconds)), Math.floor(seconds / hourSeconds) % hours]
    const rest = (seconds % hourSeconds) / (isBusy[hour] ? busy : every)
    return day * before[hours]! + before[hour]! + rest
  }
  const moments = Array.from({ length: hours * momentsAnHour }, (_, n) => {
    const at = ((n + 0.5) * hourSeconds) / momentsAnHour
    return { at, until: sweepsUntil(at), share: shares[Math.floor(n / momentsAnHour)]! / momentsAnHour }
  })
  const within = (seconds: number): number =>
    moments.reduce((sum, { at, share, until }) => sum + share * Math.min(1, sweepsUntil(at + seconds) - until), 0)
  return {
    within,
    quantile: (share) => {
      let [low, high] = [0, every]
      for (let n = 0; n < halvings; n++) {
        const middle = (low + high) / 2
        if (within(middle) < share) low = middle
        else high = middle
      }
      return high
    }
  }
}
