/**
 * The time that a recording is about. A clock that was wrong for a moment, or one line of a file, must not make it last
 * for centuries: every figure by hour, day and month rests on this span. Pure.
 */
import type { EpochMillis } from "./Time.js"

export const dayMs = 86_400_000

/** When a call may have been made; a call's id is a safe integer until 2109 (Call.ts). */
const earliest = Date.UTC(2000, 0, 1)
const latest = Date.UTC(2100, 0, 1)

/** Whether a stamp can be that of a call, or of a thing that a call saw. */
export const isPlausible = (at: EpochMillis): boolean => at >= earliest && at < latest

/** For people; `null` for a plausible one. */
export const yearProblem = (at: EpochMillis): string | null =>
  isPlausible(at)
    ? null
    : `is of the year ${new Date(at).getUTCFullYear()}: calls are made from ${new Date(earliest).getUTCFullYear()} to ${new Date(latest - 1).getUTCFullYear()}`

/** As much as one analysis takes: three years, far more than a migration is decided on. */
export const longestSpanMs = 3 * 366 * dayMs

/** A few calls so far from all the others say nothing of how these poll. */
const strayShare = 0.01
const strayDays = 30
/** In spans of the others. */
const straySpans = 10

export interface CallsOfDay {
  /** Days since 1970. */
  readonly day: number
  readonly calls: number
}

export interface LeftOut {
  readonly year: number
  readonly calls: number
}

export interface Span {
  /** The start inclusive, the end exclusive. */
  readonly from: EpochMillis
  readonly to: EpochMillis
  /** By year. */
  readonly leftOut: ReadonlyArray<LeftOut>
}

interface Part {
  readonly first: number
  readonly last: number
  readonly calls: number
}

/** Where most calls are: three years at the most, without strays. `null` without calls; `days` rise. */
export const spanOf = (days: ReadonlyArray<CallsOfDay>): Span | null => {
  const sound = days.filter(({ day }) => isPlausible(day * dayMs))
  const whole = busiest(sound)
  if (whole === null) return null
  const { first, last } = withoutStrays(
    sound.filter(({ day }) => day >= whole.first && day <= whole.last),
    whole
  )
  const years = new Map<number, number>()
  for (const { calls, day } of days) {
    if (day >= first && day <= last) continue
    const year = new Date(Math.max(-8.64e15, Math.min(8.64e15, day * dayMs))).getUTCFullYear()
    years.set(year, (years.get(year) ?? 0) + calls)
  }
  return {
    from: first * dayMs,
    to: (last + 1) * dayMs,
    leftOut: [...years].map(([year, calls]) => ({ year, calls }))
  }
}

/** The three years with the most calls; of several the last. */
const busiest = (days: ReadonlyArray<CallsOfDay>): Part | null => {
  const longest = longestSpanMs / dayMs
  let best: Part | null = null
  let calls = 0
  let from = 0
  for (const { calls: more, day } of days) {
    calls += more
    while (day - days[from]!.day >= longest) calls -= days[from++]!.calls
    if (best === null || calls >= best.calls) best = { first: days[from]!.day, last: day, calls }
  }
  return best
}

const withoutStrays = (days: ReadonlyArray<CallsOfDay>, whole: Part): Part => {
  const parts: Array<Part> = []
  for (const { calls, day } of days) {
    const before = parts.at(-1)
    if (before === undefined || day - before.last > strayDays) parts.push({ first: day, last: day, calls })
    else parts[parts.length - 1] = { first: before.first, last: day, calls: before.calls + calls }
  }
  const main = parts.reduce((most, part) => (part.calls > most.calls ? part : most))
  if (whole.calls - main.calls > whole.calls * strayShare) return whole
  const far = straySpans * (main.last - main.first + 1)
  const near = parts.filter(({ first, last }) => first - main.last <= far && main.first - last <= far)
  return { ...main, first: near[0]!.first, last: near.at(-1)!.last }
}
