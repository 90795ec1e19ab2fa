/** Axes of time, of durations and of counts. */
import { roundedDuration } from "../../domain/DurationText.js"
import { iso } from "../../domain/Figures.js"
import type { EpochMillis } from "../../domain/Time.js"
import { count } from "../markdown/Words.js"
import type { Tick } from "./Plot.js"

/** A log scale between two values, from 0 to 1. */
export interface LogScale {
  readonly at: (value: number) => number
  readonly ticks: ReadonlyArray<Tick>
}

const durations = [0.1, 1, 10, 60, 600, 3_600, 21_600, 86_400, 604_800, 2_592_000]
const counts = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000]

const logScale = (
  values: ReadonlyArray<number>,
  marks: ReadonlyArray<number>,
  write: (value: number) => string
): LogScale => {
  const least = marks[0]!
  const [low, high] = [Math.max(least, Math.min(...values)), Math.max(least, ...values)]
  // From the mark beneath to the mark above.
  const from = marks.findLast((one) => one <= low) ?? low
  const to = marks.find((one) => one >= high && one > from) ?? high * 1.1
  const width = Math.log(to / from)
  const at = (value: number): number => Math.min(1, Math.max(0, Math.log(Math.max(value, from) / from) / width))
  return {
    at,
    ticks: marks.filter((one) => one >= from && one <= to).map((one) => ({ at: at(one), label: write(one) }))
  }
}

/** Seconds; a second and less are drawn as they are, down to a tenth. */
export const durationScale = (seconds: ReadonlyArray<number>): LogScale => logScale(seconds, durations, shortDuration)

export const countScale = (values: ReadonlyArray<number>): LogScale => logScale(values, counts, count)

const shortDuration = (seconds: number): string =>
  seconds < 60
    ? `${seconds} s`
    : seconds < 3_600
      ? `${seconds / 60} min`
      : seconds < 86_400
        ? `${seconds / 3_600} h`
        : roundedDuration(seconds).replace(/^24 h$/, "1 d")

/** Four marks of the clock over a window, in UTC; dates where it is longer than two days. */
export const clockTicks = (from: string, seconds: number): ReadonlyArray<Tick> => {
  const start = Date.parse(from)
  const write = (at: number): string => {
    const written = Number.isFinite(at) ? iso(at as EpochMillis) : ""
    return seconds > 172_800 ? written.slice(5, 10) : written.slice(11, 16)
  }
  return [0, 0.25, 0.5, 0.75, 1].map((at) => ({ at, label: write(start + at * seconds * 1_000) }))
}

/** Nothing and the most, and half of it where that is a whole number. */
export const countTicks = (most: number): ReadonlyArray<Tick> => [
  { at: 0, label: "0" },
  ...(most % 2 === 0 ? [{ at: 0.5, label: count(most / 2) }] : []),
  { at: 1, label: count(most) }
]
