/** Removes from a poller's segments those off its rhythm: another program's calls to the same endpoint. Pure. */
import type { Rhythm } from "./Rhythm.js"
import type { SweepSegment, SweepSegmentation } from "./SweepSegmentation.js"

/** Jitter, as a share of the interval, above which off-rhythm calls cannot be told. */
const mostJitter = 0.1
/** Share of intervals that must be on the rhythm: a poller that changes its own pace keeps all its calls. */
const shareOnRhythm = 0.8
/** Segments to look ahead for the next one on the rhythm. */
const lookAhead = 4

/** The segments on the rhythm, and by row the index of its segment among them; below zero where it was removed. */
export const withoutOffRhythm = (
  { segmentOf, segments }: SweepSegmentation,
  { instances, intervalSeconds, jitterSeconds, phases }: Rhythm
): SweepSegmentation => {
  const tolerance = Math.max(intervalSeconds * 0.05, jitterSeconds * 4)
  const even = instances === 1 && phases.length === 0 && jitterSeconds <= intervalSeconds * mostJitter
  if (!even) return { segments, segmentOf }
  const onRhythm = (from: SweepSegment, to: SweepSegment | undefined): boolean =>
    to !== undefined && Math.abs((to.startedAt - from.startedAt) / 1000 - intervalSeconds) <= tolerance
  const regular = segments.filter((segment, index) => onRhythm(segment, segments[index + 1])).length
  if (regular < segments.length * shareOnRhythm) return { segments, segmentOf }
  const kept: Array<SweepSegment> = []
  const keptAt = new Int32Array(segments.length).fill(-1)
  for (let index = 0; index < segments.length; ) {
    keptAt[index] = kept.length
    kept.push(segments[index]!)
    let next = index + 1
    if (!onRhythm(segments[index]!, segments[next])) {
      for (let ahead = next + 1; ahead <= index + lookAhead; ahead++) {
        if (onRhythm(segments[index]!, segments[ahead])) {
          next = ahead
          break
        }
      }
    }
    index = next
  }
  return kept.length === segments.length
    ? { segments, segmentOf }
    : { segments: kept, segmentOf: segmentOf.map((index) => (index < 0 ? -1 : keptAt[index]!)) }
}
