/**
 * How far the provider's clock is ahead of the recording program's. A response's `Date` is the provider's clock in
 * whole seconds, at some moment between the start and the end of the call. Each call bounds the difference from both
 * sides; many calls leave a narrow interval. Pure.
 */
import { groupBy } from "../../domain/Grouping.js"
import { endOf, type Recording, type StreamRecording } from "../../domain/Recording.js"

export interface ClockSkew {
  readonly integration: string
  readonly account: string
  /** Provider's clock less the program's; 0 where the bounds include it. */
  readonly skewMs: number
  /** Half the width of the interval. */
  readonly uncertaintyMs: number
  readonly calls: number
}

/** Largest plausible difference; beyond it the answer is a cache's or a simulation's. */
const mostSkewMs = 24 * 3_600_000
/** Share of bounds left out as outliers: cached answers, clock adjustments. */
const oddShare = 0.02

export const clockSkews = (recording: Recording): ReadonlyArray<ClockSkew> =>
  [...groupBy(recording.streams, ({ stream }) => `${stream.account}\0${stream.integration}`).values()].flatMap(
    (streams) => {
      const skew = skewOf(streams)
      return skew === null ? [] : [skew]
    }
  )

const skewOf = (streams: ReadonlyArray<StreamRecording>): ClockSkew | null => {
  const lows: Array<number> = []
  const highs: Array<number> = []
  for (const { calls } of streams) {
    // A sample of about 2,000 calls from all over the recording.
    const step = Math.max(1, Math.floor(calls.length / 2_000))
    for (let row = 0; row < calls.length; row += step) {
      const clock = calls.clockMs[row]!
      if (Number.isNaN(clock) || Math.abs(clock) > mostSkewMs) continue
      lows.push(clock - (endOf(calls, row) - calls.startedAt[row]!))
      highs.push(clock + 1_000)
    }
  }
  if (lows.length === 0) return null
  lows.sort((a, b) => a - b)
  highs.sort((a, b) => a - b)
  const odd = Math.floor(lows.length * oddShare)
  const low = lows[lows.length - 1 - odd]!
  const high = highs[odd]!
  const { account, integration } = streams[0]!.stream
  const within = low <= 0 && high >= 0
  return {
    integration,
    account,
    skewMs: within ? 0 : Math.round((low + high) / 2),
    uncertaintyMs: Math.round(Math.abs(high - low) / 2),
    calls: lows.length
  }
}
