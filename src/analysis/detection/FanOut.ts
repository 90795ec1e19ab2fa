/**
 * Fan-out: a program sends one request for each agent or group, all of one shape, and then waits for its timer. The
 * requests of one tick are merged into one sweep. Pure.
 */
import { median } from "../../domain/Quantiles.js"
import type { SweepSegment, SweepSegmentation } from "./SweepSegmentation.js"

/** Sequential requests: longest pause from the end of one to the start of the next. */
const sequentialMs = 500
/** Parallel requests: longest time from start to start. */
const parallelMs = 1_000
/** Gaps within a tick are at most this share of the time between ticks. */
const shareOfTick = 0.25
/** At least this share of all gaps lies within ticks; fewer are single retries. */
const shareWithin = 0.25
const fewestTicks = 3

/** The segmentation with the requests of each tick merged; `null` where the program does not fan out. */
export const mergeFanOut = ({ segmentOf, segments }: SweepSegmentation): SweepSegmentation | null => {
  const within: Array<number> = []
  const between: Array<number> = []
  const tickOf = new Int32Array(segments.length)
  const merged: Array<SweepSegment> = []
  const last = new Map<number, { readonly segment: SweepSegment; readonly tick: number; endedAt: number }>()
  for (const [index, segment] of segments.entries()) {
    const before = last.get(segment.process)
    const gap = before === undefined ? 0 : segment.startedAt - before.segment.startedAt
    const joins =
      before !== undefined &&
      (gap <= parallelMs || Math.abs(segment.startedAt - before.endedAt) <= sequentialMs) &&
      // After a failure it is a retry.
      !before.segment.failed
    if (before !== undefined) (joins ? within : between).push(gap)
    const tick = joins ? before.tick : merged.length
    if (joins) merged[tick] = merge(merged[tick]!, segment)
    else merged.push({ ...segment })
    tickOf[index] = tick
    last.set(segment.process, { segment, tick, endedAt: Math.max(segment.endedAt, joins ? before.endedAt : 0) })
  }
  const interval = median(between)
  if (interval === null || between.length < fewestTicks) return null
  if (within.length < (within.length + between.length) * shareWithin) return null
  if (within.some((gap) => gap > interval * shareOfTick)) return null
  return { segments: merged, segmentOf: segmentOf.map((index) => (index < 0 ? -1 : tickOf[index]!)) }
}

const merge = (a: SweepSegment, b: SweepSegment): SweepSegment => ({
  startedAt: a.startedAt,
  endedAt: Math.max(a.endedAt, b.endedAt),
  pages: a.pages + b.pages,
  throttled: a.throttled + b.throttled,
  items: a.items + b.items,
  newVersions: a.newVersions === null || b.newVersions === null ? null : a.newVersions + b.newVersions,
  failed: a.failed && b.failed,
  process: a.process
})
