/**
 * Detail calls: requests about single entities that a program makes because a list has just shown them. Each is
 * attributed to the sweep that it follows from. Pure.
 */
import { groupBy } from "../../domain/Grouping.js"
import { endOf, failedAt, type StreamRecording } from "../../domain/Recording.js"
import type { EpochMillis } from "../../domain/Time.js"
import type { SweepSegment } from "./SweepSegmentation.js"
import { inTimeOrder } from "./TimeOrder.js"

/** A list stream whose sweeps may have detail calls. */
export interface ListSweeps {
  readonly recording: StreamRecording
  readonly segments: ReadonlyArray<SweepSegment>
}

/** A detail stream: by row the list and the sweep that it follows from, below zero for none. */
export interface DetailAttribution {
  readonly recording: StreamRecording
  readonly listOf: Int32Array
  readonly segmentOf: Int32Array
}

/** Longest pause from the list call, or the detail call before, to a detail call. */
const followGapMs = 5_000

/** Where one process is in its sweeps of a list. */
interface Progress {
  /** Indexes of the process's segments. */
  readonly segments: ReadonlyArray<number>
  /** Which of them began last. */
  at: number
  /** End of its last call, list or detail. */
  until: EpochMillis
}

/** Extends `endedAt` of the segments by their detail calls. */
export const attributeDetailCalls = (
  lists: ReadonlyArray<ListSweeps>,
  details: ReadonlyArray<StreamRecording>
): ReadonlyArray<DetailAttribution> => {
  const attributions = details.map((recording) => ({
    recording,
    listOf: new Int32Array(recording.calls.length).fill(-1),
    segmentOf: new Int32Array(recording.calls.length).fill(-1)
  }))
  if (lists.length === 0) return attributions
  const progress = lists.map(({ segments }) => progressByProcess(segments))
  const nearness = details.map((detail) => lists.map((list) => pathNearness(list.recording, detail)))
  for (const { index, row } of inTimeOrder(details)) {
    const { calls } = details[index]!
    const startedAt = calls.startedAt[row]!
    const process = calls.process[row]!
    let best: { readonly list: number; readonly progress: Progress; readonly segment: SweepSegment } | null = null
    for (let n = 0; n < lists.length; n++) {
      const own = progress[n]!.get(process) ?? progress[n]!.get(0)
      const segment = own === undefined ? null : segmentAt(lists[n]!.segments, own, startedAt)
      if (own === undefined || segment === null) continue
      if (startedAt - own.until > followGapMs) continue
      const nearer = best === null ? 1 : nearness[index]![n]! - nearness[index]![best.list]!
      if (best === null || nearer > 0 || (nearer === 0 && segment.startedAt > best.segment.startedAt))
        best = { list: n, progress: own, segment }
    }
    if (best === null) continue
    const { list, progress: own, segment } = best
    const retryAfter = calls.retryAfterSeconds[row]!
    const end = endOf(calls, row)
    own.until = Math.max(own.until, end + (failedAt(calls, row) && !Number.isNaN(retryAfter) ? retryAfter * 1000 : 0))
    segment.endedAt = Math.max(segment.endedAt, end)
    attributions[index]!.listOf[row] = list
    attributions[index]!.segmentOf[row] = own.segments[own.at]!
  }
  return attributions
}

const progressByProcess = (segments: ReadonlyArray<SweepSegment>): ReadonlyMap<number, Progress> => {
  const indexes = groupBy(segments.keys(), (index) => segments[index]!.process)
  return new Map(
    [...indexes].map(([process, own]) => [process, { segments: own, at: -1, until: Number.NEGATIVE_INFINITY }])
  )
}

/** The last segment that began by a moment; `null` before the first. */
const segmentAt = (segments: ReadonlyArray<SweepSegment>, own: Progress, moment: EpochMillis): SweepSegment | null => {
  while (own.at + 1 < own.segments.length && segments[own.segments[own.at + 1]!]!.startedAt <= moment) {
    own.at += 1
    const segment = segments[own.segments[own.at]!]!
    own.until = Math.max(segment.startedAt, segment.endedAt)
  }
  return own.at < 0 ? null : segments[own.segments[own.at]!]!
}

/** Count of leading path segments in common: `/tickets/{id}/notes` is nearer to `/tickets` than to `/contacts`. */
const pathNearness = (list: StreamRecording, detail: StreamRecording): number => {
  const own = list.stream.template.split("/")
  const other = detail.stream.template.split("/")
  let shared = 0
  while (shared < own.length && shared < other.length && own[shared] === other[shared]) shared += 1
  return shared
}
