/**
 * Whether a poller chooses its interval by what it finds: it asks less often while nothing is new, and more often once
 * something is, or it backs off after refusals. Pure.
 */
import type { Adaptive, Sweep } from "../../domain/Poller.js"
import { median, quantile } from "../../domain/Quantiles.js"

/** An interval so much longer than another is another; less is jitter. */
const longer = 1.15
/** Intervals while nothing is new are on the median at least so much longer than those after news. */
const stretched = 1.3
const fewest = 3
const mostOfThem = 0.7
/** Growth by one factor: what the steps' factors may differ by, as a share. */
const sameFactor = 0.12

export const adaptiveOf = (sweeps: ReadonlyArray<Sweep>): Adaptive | null => {
  const seconds = sweeps.slice(1).map(({ startedAt }, place) => (startedAt - sweeps[place]!.startedAt) / 1_000)
  if (sweeps.every((sweep) => sweep.yield === null)) return byLadder(seconds)
  return byNews(sweeps, seconds) ?? byRefusals(sweeps, seconds)
}

const inTrouble = ({ failed, throttled }: Sweep): boolean => failed || throttled > 0

const shareOf = <A>(values: ReadonlyArray<A>, holds: (value: A) => boolean): number =>
  values.length === 0 ? 0 : values.filter(holds).length / values.length

/** Short after news, longer while there is none, and short again with the next. */
const byNews = (sweeps: ReadonlyArray<Sweep>, seconds: ReadonlyArray<number>): Adaptive | null => {
  const found = (place: number) => (sweeps[place]!.yield ?? 0) > 0
  const places = [...seconds.keys()].filter(
    (place) => place > 0 && sweeps[place]!.yield !== null && !inTrouble(sweeps[place]!)
  )
  const busy = places.filter(found)
  const empty = places.filter((place) => !found(place))
  if (busy.length < fewest) return null
  const base = median(busy.map((place) => seconds[place]!))!
  // From the first empty sweep on, or from the second: one alone may be let pass.
  const idle = [empty, empty.filter((place) => !found(place - 1))]
    .map((some) => some.map((place) => seconds[place]!))
    .find(
      (intervals) =>
        intervals.length >= fewest &&
        median(intervals)! >= base * stretched &&
        shareOf(intervals, (interval) => interval >= base * longer) >= mostOfThem
    )
  if (idle === undefined) return null
  // By news, and not by the hour of the day: the interval before was long, and this one is short.
  const resets = busy.filter((place) => seconds[place - 1]! >= base * longer)
  const fallen = shareOf(resets, (place) => seconds[place]! * longer <= seconds[place - 1]!)
  if (resets.length < fewest || fallen < mostOfThem) return null
  return { fromSeconds: base, toSeconds: quantile(idle, 0.95)!, by: "news" }
}

/** Longer after a sweep that was refused, from its end as well as from its start: the waiting for a page is no back-off. */
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

/** What was found is not known: intervals that grow by one factor, step by step, and fall back to the shortest. */
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
