/**
 * How far the provider's clock is ahead of the recording program's. A response's `Date` is the provider's clock, cut to whole
 * seconds, at some moment between the call's start and its end: each call bounds the difference from both sides, and many
 * calls leave little between the bounds. Pure.
 */
import { groupBy } from "../../domain/Grouping.js"
import { endOf, type Recording, type StreamRecording } from "../../domain/Recording.js"

export interface ClockSkew {
  readonly integration: string
  readonly account: string
  /** Provider less program, in milliseconds; 0 where the bounds allow it. */
  readonly skewMs: number
  /** Half of what is left between the bounds. */
  readonly uncertaintyMs: number
  readonly calls: number
}

/** A clock this far off is no clock: a stand-in under a time of its own, a cache's old answer. */
const mostSkewMs = 24 * 3_600_000
/** Bounds that single odd answers (caches, clock adjustments) may break. */
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
    // As many as are enough, from all over the recording.
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
