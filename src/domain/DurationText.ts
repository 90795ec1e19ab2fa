/** Durations as people write them in options and settings: `90s`, `15m`, `1h`, `2 hours`. */

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
