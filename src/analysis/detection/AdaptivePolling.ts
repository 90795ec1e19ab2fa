/**
 * Adaptive polling: a poller that lengthens its interval while nothing is new and shortens it with news, or that
 * backs off after refusals. Pure.
 */
import type { Adaptive, Sweep } from "../../domain/Poller.js"
import { median, quantile } from "../../domain/Quantiles.js"

/** Factor from which two intervals differ; less is jitter. */
const longer = 1.15
/** Least factor between the median interval of idle times and that after news. */
const stretched = 1.3
/** Least count of intervals of a kind. */
const fewest = 3
/** Share of the intervals that must follow the pattern. */
const mostOfThem = 0.7
/** Largest relative difference between the factors of two steps of one back-off. */
const sameFactor = 0.12

export const adaptivePolling = (sweeps: ReadonlyArray<Sweep>): Adaptive | null => {
  const seconds = sweeps.slice(1).map(({ startedAt }, place) => (startedAt - sweeps[place]!.startedAt) / 1_000)
  if (sweeps.every((sweep) => sweep.yield === null)) return byLadder(seconds)
  return byNews(sweeps, seconds) ?? byRefusals(sweeps, seconds)
}

const inTrouble = ({ failed, throttled }: Sweep): boolean => failed || throttled > 0

const shareOf = <A>(values: ReadonlyArray<A>, holds: (value: A) => boolean): number =>
  values.length === 0 ? 0 : values.filter(holds).length / values.length

/** Short after news, longer while there are none, and short again with the next. */
const byNews = (sweeps: ReadonlyArray<Sweep>, seconds: ReadonlyArray<number>): Adaptive | null => {
  const found = (place: number) => (sweeps[place]!.yield ?? 0) > 0
  const places = [...seconds.keys()].filter(
    (place) => place > 0 && sweeps[place]!.yield !== null && !inTrouble(sweeps[place]!)
  )
  const busy = places.filter(found)
  const empty = places.filter((place) => !found(place))
  if (busy.length < fewest) return null
  const base = median(busy.map((place) => seconds[place]!))!
  // From the first empty sweep on, or from the second: some programs tolerate one.
  const idle = [empty, empty.filter((place) => !found(place - 1))]
    .map((some) => some.map((place) => seconds[place]!))
    .find(
      (intervals) =>
        intervals.length >= fewest &&
        median(intervals)! >= base * stretched &&
        shareOf(intervals, (interval) => interval >= base * longer) >= mostOfThem
    )
  if (idle === undefined) return null
  // By news and not by the hour of the day: news end a long interval with a short one.
  const resets = busy.filter((place) => seconds[place - 1]! >= base * longer)
  const fallen = shareOf(resets, (place) => seconds[place]! * longer <= seconds[place - 1]!)
  if (resets.length < fewest || fallen < mostOfThem) return null
  return { fromSeconds: base, toSeconds: quantile(idle, 0.95)!, by: "news" }
}

/** Longer after a refused sweep, by its end as well as by its start: waiting for a page is not a back-off. */
const byRefusals = (sweeps: ReadonlyArray<Sweep>, seconds: ReadonlyArray<number>): Adaptive | null => {
  const rests = seconds.map((_, place) => (sweeps[place + 1]!.startedAt - sweeps[place]!.endedAt) / 1_000)
  const places = [...seconds.keys()].filter((place) => place > 0)
  const calm = places.filter((place) => !inTrouble(sweeps[place]!) && !inTrouble(sweeps[place - 1]!))
  const troubled = places.filter((place) => inTrouble(sweeps[place]!))
  if (calm.length < fewest || troubled.length < fewest) return null
  const base = median(calm.map((place) => seconds[place]!))!
  const rest = median(calm.map((place) => rests[place]!))!
  const backsOff = (place: number) => seconds[place]! >= base * stretched && rests[place]! >= rest * stretched
  if (shareOf(troubled, backsOff) < mostOfThem) return null
  return {
    fromSeconds: base,
    toSeconds: quantile(
      troubled.map((place) => seconds[place]!),
      0.95
    )!,
    by: "refusals"
  }
}

/** Bodies are unknown: intervals that grow by one factor, step by step, and fall back to the shortest. */
const byLadder = (seconds: ReadonlyArray<number>): Adaptive | null => {
  const steps = seconds.slice(1).map((interval, place) => ({ interval, factor: interval / seconds[place]! }))
  const up = steps.filter(({ factor }) => factor >= longer)
  const down = steps.filter(({ factor }) => factor * longer <= 1)
  if (up.length < 2 * fewest || down.length < fewest) return null
  const factor = median(up.map((step) => step.factor))!
  const shortest = quantile(seconds, 0.05)!
  const steady = shareOf(up, (step) => Math.abs(step.factor / factor - 1) <= sameFactor)
  const fallen = shareOf(down, ({ interval }) => interval <= shortest * longer)
  if (steady < mostOfThem || fallen < mostOfThem) return null
  return { fromSeconds: shortest, toSeconds: quantile(seconds, 0.95)!, by: null }
}
