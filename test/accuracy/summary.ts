/** Many measurements in a few figures. */
import { errorOf, type Measured, type Pair } from "./measure.js"

export interface Figure {
  readonly name: string
  readonly tolerance: number
  /** Of the pollers where it is known. */
  readonly share: number
  readonly median: number
  readonly worst: number
}

export interface Summary {
  readonly labels: number
  readonly found: number
  readonly wrong: number
  readonly precision: number
  readonly recall: number
  readonly lostCalls: number
  readonly figures: ReadonlyArray<Figure>
  readonly rates: number
  readonly rateInside: number
  readonly rateLow: number
  readonly rateHigh: number
  readonly worlds: number
  readonly rateInsideFinest: number
}

const figure = (
  name: string,
  tolerance: number,
  pairs: ReadonlyArray<Pair>,
  error: (pair: Pair) => number | null
): Figure => {
  const errors = pairs
    .map(error)
    .filter((one) => one !== null)
    .sort((a, b) => a - b)
  return {
    name,
    tolerance,
    share: errors.filter((one) => one <= tolerance).length / errors.length,
    median: errors[errors.length >> 1] ?? 0,
    worst: errors.at(-1) ?? 0
  }
}

const inside = ({ found, label }: Pair): boolean => {
  const { high, low } = found.changeRate!.perHourInterval
  return label.changesPerHour >= low && label.changesPerHour <= high
}

export const summarise = (measured: ReadonlyArray<Measured>): Summary => {
  const pairs = measured.flatMap((one) => one.pairs)
  const missed = measured.reduce((sum, one) => sum + one.missed.length, 0)
  const wrong = measured.reduce((sum, one) => sum + one.wrong.length, 0)
  const rated = pairs.filter(({ found }) => found.changeRate !== null)
  const finest = measured.flatMap((one) => {
    const own = one.pairs.filter(({ found }) => found.changeRate !== null)
    return own.length === 0 ? [] : [own.reduce((a, b) => (a.label.intervalSeconds <= b.label.intervalSeconds ? a : b))]
  })
  return {
    labels: pairs.length + missed,
    found: pairs.length,
    wrong,
    precision: pairs.length / (pairs.length + wrong),
    recall: pairs.length / (pairs.length + missed),
    lostCalls: measured.reduce((sum, one) => sum + one.lostCalls, 0),
    figures: [
      figure("interval", 0.02, pairs, ({ found, label }) => errorOf(found.intervalSeconds, label.intervalSeconds)),
      figure("sweeps", 0.01, pairs, ({ found, label }) => errorOf(found.sweeps, label.sweeps)),
      figure("calls", 0.01, pairs, ({ found, label }) => errorOf(found.calls, label.calls)),
      figure("empty sweeps", 0.02, pairs, ({ found, label }) =>
        Math.abs(found.emptySweeps! - label.emptySweeps) <= 1 ? 0 : errorOf(found.emptySweeps!, label.emptySweeps)
      ),
      figure("lag (p50)", 0.05, pairs, ({ found, label }) =>
        label.lagSeconds === null ? null : errorOf(found.freshnessSeconds?.p50 ?? Number.NaN, label.lagSeconds)
      )
    ],
    rates: rated.length,
    rateInside: rated.filter(inside).length / rated.length,
    rateLow: rated.filter(({ found, label }) => label.changesPerHour > found.changeRate!.perHourInterval.high).length,
    rateHigh: rated.filter(({ found, label }) => label.changesPerHour < found.changeRate!.perHourInterval.low).length,
    worlds: finest.length,
    rateInsideFinest: finest.filter(inside).length / finest.length
  }
}
