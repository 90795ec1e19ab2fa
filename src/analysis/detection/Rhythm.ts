/**
 * Whether moments have a rhythm. A timer's intervals resemble their neighbours, also where the interval changes by
 * the hour, has jitter or is doubled after a refusal; people's intervals do not. The share of alike neighbours is
 * compared with that of a Poisson process: P(|ln(x/y)| < t) = tanh(t/2). Pure.
 */
import { median, medianAbsoluteDeviation, quantile } from "../../domain/Quantiles.js"
import type { EpochMillis } from "../../domain/Time.js"

/** A stretch of time with one interval. */
export interface Phase {
  readonly from: EpochMillis
  readonly to: EpochMillis
  readonly intervalSeconds: number
  readonly intervals: number
}

export interface Rhythm {
  readonly intervalSeconds: number
  /** Median absolute deviation of the intervals. */
  readonly jitterSeconds: number
  /** Programs that poll the same endpoint in turns. */
  readonly instances: number
  /** Two or more where the interval changed, else none. */
  readonly phases: ReadonlyArray<Phase>
  /** Intervals above three times the median: pauses, restarts, a recorder that was off. */
  readonly gaps: number
}

/** With fewer intervals no rhythm is claimed, however even they are. */
export const fewestIntervals = 3
/** Faster repetition is a loop without a timer, or a load test. */
const shortestSeconds = 0.9
/** Significance level: chance that intervals without a rhythm look this even. */
const chanceBelow = 3e-4
/** Relative differences of neighbours that count as alike; the first that passes decides. */
const tolerances = [0.02, 0.05, 0.1, 0.25] as const
/** Share of neighbours that must be alike within a tolerance. */
const shareOfNeighbours = 0.5
const mostInstances = 6

/** `byProcess`: moments, oldest first, a list for each process; one list where processes are unknown. */
export const rhythmOf = (byProcess: ReadonlyArray<ReadonlyArray<EpochMillis>>): Rhythm | null => {
  const own = byProcess.filter((moments) => moments.length > 1).map((moments) => intervalsOf(moments, 1))
  const intervals = own.flat()
  if (intervals.length < fewestIntervals) return null
  const single = own.length === 1 ? superposition(byProcess.find((moments) => moments.length > 1)!) : null
  const found = single?.intervals ?? intervals
  const centre = median(found)!
  if (centre < shortestSeconds) return null
  if (!isRhythm(single === null || single.instances === 1 ? own : [found]) && !isQuantised(found)) return null
  return {
    intervalSeconds: centre,
    jitterSeconds: medianAbsoluteDeviation(found)!,
    instances: single?.instances ?? processesAtOnce(byProcess),
    phases:
      own.length === 1 && (single?.instances ?? 1) === 1 ? phasesOf(byProcess.find((one) => one.length > 1)!) : [],
    gaps: found.filter((interval) => interval > centre * 3).length
  }
}

/** Seconds from each moment to the one `step` later. */
const intervalsOf = (moments: ReadonlyArray<EpochMillis>, step: number): Array<number> => {
  const intervals: Array<number> = []
  for (let index = step; index < moments.length; index++)
    intervals.push((moments[index]! - moments[index - step]!) / 1000)
  return intervals
}

/**
 * Several instances of one timer, started at different moments: uneven from one call to the next, even from each call
 * to the k-th after it. The smallest k that explains the moments is taken.
 */
const superposition = (
  moments: ReadonlyArray<EpochMillis>
): { readonly instances: number; readonly intervals: ReadonlyArray<number> } => {
  const one = intervalsOf(moments, 1)
  let best = { instances: 1, intervals: one }
  let least = interquartileRange(one)
  // Even as one timer.
  if (least <= median(one)! * 0.02) return best
  for (let k = 2; k <= mostInstances && moments.length > 4 * k; k++) {
    const intervals = intervalsOf(moments, k)
    const deviation = interquartileRange(intervals)
    if (deviation < least * 0.35 && deviation < median(intervals)! * 0.1 && isRhythm([intervals])) {
      best = { instances: k, intervals }
      least = deviation
    }
  }
  return best
}

/** Interquartile range: also wide where two timers make two lengths of interval, equally many of each. */
const interquartileRange = (intervals: ReadonlyArray<number>): number =>
  quantile(intervals, 0.75)! - quantile(intervals, 0.25)!

/** Most processes that polled at the same time. */
const processesAtOnce = (byProcess: ReadonlyArray<ReadonlyArray<EpochMillis>>): number => {
  const edges = byProcess.flatMap((moments): ReadonlyArray<readonly [EpochMillis, number]> => {
    const last = moments.at(-1)
    return last === undefined
      ? []
      : [
          [moments[0]!, 1],
          [last, -1]
        ]
  })
  edges.sort((a, b) => a[0] - b[0] || a[1] - b[1])
  let now = 0
  let most = 1
  for (const [, step] of edges) {
    now += step
    most = Math.max(most, now)
  }
  return most
}

/** Enough neighbours are alike, and more than chance would give. */
const isRhythm = (byProcess: ReadonlyArray<ReadonlyArray<number>>): boolean =>
  tolerances.some((tolerance) => {
    let pairs = 0
    let alike = 0
    for (const intervals of byProcess) {
      for (let index = 1; index < intervals.length; index++) {
        pairs += 1
        const [a, b] = [intervals[index - 1]!, intervals[index]!]
        if (Math.abs(Math.log(a / b)) < tolerance) alike += 1
      }
    }
    return (
      alike >= 2 &&
      alike >= pairs * shareOfNeighbours &&
      upperTail(pairs, alike, Math.tanh(tolerance / 2)) < chanceBelow
    )
  })

/** Half the relative width of a window that counts as one interval. */
const sameInterval = 0.03
/** Intervals that a back-off may have. */
const mostIntervals = 6
const fewestOfEach = 3
const fewestQuantised = 12
const shareQuantised = 0.6

/**
 * A timer that doubles after a refusal, or stretches while nothing is new, has few intervals in no steady order. Six
 * windows of this width hold about an eighth of intervals without a rhythm.
 */
const isQuantised = (intervals: ReadonlyArray<number>): boolean => {
  if (intervals.length < fewestQuantised) return false
  let left = [...intervals].sort((a, b) => a - b)
  let held = 0
  for (let n = 0; n < mostIntervals; n++) {
    let best = { from: 0, count: 0 }
    for (let from = 0, to = 0; from < left.length; from++) {
      while (to < left.length && left[to]! <= left[from]! * (1 + 2 * sameInterval)) to += 1
      if (to - from > best.count) best = { from, count: to - from }
    }
    if (best.count < fewestOfEach) break
    held += best.count
    left = [...left.slice(0, best.from), ...left.slice(best.from + best.count)]
  }
  return held >= intervals.length * shareQuantised
}

/** P(X >= k) for X binomial with n trials of chance p. */
const upperTail = (n: number, k: number, p: number): number => {
  if (k <= 0) return 1
  let term = 0
  for (let i = 0; i < k; i++) term += Math.log((n - i) / (i + 1))
  let log = term + k * Math.log(p) + (n - k) * Math.log(1 - p)
  let sum = 0
  for (let i = k; i <= n; i++) {
    sum += Math.exp(log)
    log += Math.log(((n - i) / (i + 1)) * (p / (1 - p)))
  }
  return sum
}

/** Largest factor between an interval and the median of its phase. */
const samePhase = 1.3
/** Consecutive intervals that begin a new phase; fewer are a hiccup. */
const fewestOfPhase = 3
/** A poller with more phases than this is adaptive or backs off: none are told. */
const mostPhases = 12

const phasesOf = (moments: ReadonlyArray<EpochMillis>): ReadonlyArray<Phase> => {
  const phases: Array<{ from: number; values: Array<number>; to: number }> = []
  let pending: Array<number> = []
  const intervals = intervalsOf(moments, 1)
  for (let index = 0; index < intervals.length; index++) {
    const current = phases.at(-1)
    const value = intervals[index]!
    const centre = current === undefined ? null : median(current.values.slice(-15))!
    if (current !== undefined && Math.abs(Math.log(value / centre!)) < Math.log(samePhase)) {
      current.values.push(value)
      current.to = moments[index + 1]!
      pending = []
      continue
    }
    pending.push(index)
    const values = pending.map((at) => intervals[at]!)
    const alike = values.every((one) => Math.abs(Math.log(one / values[0]!)) < Math.log(samePhase))
    if (!alike) pending = [index]
    else if (pending.length >= fewestOfPhase) {
      phases.push({ from: moments[pending[0]!]!, values, to: moments[index + 1]! })
      pending = []
    }
    if (phases.length > mostPhases) return []
  }
  if (phases.length < 2) return []
  return phases.map(({ from, to, values }) => ({
    from,
    to,
    intervalSeconds: median(values)!,
    intervals: values.length
  }))
}
