/**
 * The yardstick: what finds beacons in network logs, put to the same question. Per stream of calls: how even its
 * intervals are by Bowley skewness and by median absolute deviation, and how much of the time it covers; the mean of
 * the three is the score. It gets the threshold that does best on the very traffic that it is measured on.
 */
import type { Call } from "../../src/domain/Call.js"
import type { Traffic } from "./traffic.js"

const at = (sorted: ReadonlyArray<number>, q: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))]!

export const beaconScore = (calls: ReadonlyArray<Call>, { from, to }: Pick<Traffic, "from" | "to">): number => {
  const moments = calls.map(({ startedAt }) => startedAt).sort((a, b) => a - b)
  if (moments.length < 4) return 0
  const gaps = moments.slice(1).map((moment, n) => moment - moments[n]!)
  gaps.sort((a, b) => a - b)
  const [low, mid, high] = [at(gaps, 0.25), at(gaps, 0.5), at(gaps, 0.75)]
  const skew = high === low ? 0 : (low + high - 2 * mid) / (high - low)
  const deviations = gaps.map((gap) => Math.abs(gap - mid)).sort((a, b) => a - b)
  const even = mid === 0 ? 0 : Math.max(0, 1 - at(deviations, 0.5) / mid)
  const hours = new Set(moments.map((moment) => Math.floor((moment - from) / 3_600_000)))
  const coverage = Math.min(1, hours.size / Math.max(1, Math.floor((to - from) / 3_600_000)))
  return (1 - Math.abs(skew) + even + coverage) / 3
}

export interface Scored {
  readonly score: number
  readonly polls: boolean
}

/** Each stream of GETs, with whether a poller is behind it. */
export const scoresOf = (traffic: Traffic): ReadonlyArray<Scored> =>
  traffic.streams
    .filter(({ id, method }) => method === "GET" && !traffic.unclear.some((one) => one.id === id))
    .map((stream) => ({
      score: beaconScore(
        traffic.calls.filter((call) => call.stream === stream.id),
        traffic
      ),
      polls: traffic.pollers.some((label) => label.stream.id === stream.id)
    }))

export interface Quality {
  readonly threshold: number
  readonly precision: number
  readonly recall: number
}

/** The threshold with the best harmonic mean of precision and recall. */
export const bestThreshold = (scores: ReadonlyArray<Scored>): Quality => {
  const polls = scores.filter(({ polls: one }) => one).length
  let best: Quality & { readonly f: number } = { threshold: 1, precision: 0, recall: 0, f: 0 }
  for (const { score: threshold } of scores) {
    const above = scores.filter(({ score }) => score >= threshold)
    const right = above.filter(({ polls: one }) => one).length
    const [precision, recall] = [right / above.length, right / polls]
    const f = precision + recall === 0 ? 0 : (2 * precision * recall) / (precision + recall)
    if (f > best.f) best = { threshold, precision, recall, f }
  }
  return best
}
