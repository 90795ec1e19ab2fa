/**
 * Durations in text: as people write them in options and settings (`90s`, `15m`, `1h`, `2 hours`), and as settings,
 * tables and sentences show them. Shown durations are given in seconds.
 */
import { roundTo } from "./Quantiles.js"

const second = 1_000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour

/** Milliseconds of each unit; the spelled ones are Effect's, in the singular. */
const units: Readonly<Record<string, number>> = {
  ms: 1,
  s: second,
  m: minute,
  min: minute,
  h: hour,
  d: day,
  nano: 1e-6,
  micro: 1e-3,
  milli: 1,
  second,
  minute,
  hour,
  day,
  week: 7 * day
}

/** `null` for a text that is not a duration. */
export const durationMillis = (text: string): number | null => {
  const [, amount, written = ""] = /^(\d+(?:\.\d+)?)\s*([a-z]+)$/.exec(text.trim()) ?? []
  const unit = written.length > 3 ? written.replace(/s$/, "") : written
  return amount === undefined || !Object.hasOwn(units, unit) ? null : Number(amount) * units[unit]!
}

/** As a setting takes it back: `15m`, `1h`, `2d`. */
export const settingDuration = (seconds: number): string => {
  if (seconds % 86_400 === 0) return `${seconds / 86_400}d`
  if (seconds % 3_600 === 0) return `${seconds / 3_600}h`
  return seconds % 60 === 0 ? `${seconds / 60}m` : `${seconds}s`
}

/** A chosen interval: `1 d`, `6 h`, `7.5 min`. */
export const intervalDuration = (seconds: number): string => {
  if (seconds % 86_400 === 0) return `${seconds / 86_400} d`
  return seconds % 3_600 === 0 ? `${seconds / 3_600} h` : `${roundTo(seconds / 60, 1)} min`
}

/** A measured duration, to a tenth of its unit: `12.3 s`, `5 min`, `2.5 h`, `28 d`. */
export const roundedDuration = (seconds: number): string => {
  if (seconds < 100) return `${Math.round(seconds * 10) / 10} s`
  if (seconds < 7_200) return `${Math.round(seconds / 6) / 10} min`
  if (seconds < 172_800) return `${Math.round(seconds / 360) / 10} h`
  return `${Math.round(seconds / 8_640) / 10} d`
}

/** How long something takes, roughly: `5 min`, `3 hours`, `2 days`. */
export const approximateDuration = (seconds: number): string => {
  if (seconds >= 172_800) return `${Math.round(seconds / 86_400)} days`
  return seconds >= 7_200 ? `${Math.round(seconds / 3_600)} hours` : `${Math.max(1, Math.round(seconds / 60))} min`
}
