/**
 * Segments one stream's calls into sweeps: a first call, its further pages, and retries after a failure. Sweeps that
 * run at the same time are told apart by page number and process. Pure.
 */
import { type CallColumns, endOf, failedAt } from "../../domain/Recording.js"
import type { EpochMillis } from "../../domain/Time.js"

/** The list calls of one sweep; its detail calls are attributed later (DetailCalls.ts). */
export interface SweepSegment {
  readonly startedAt: EpochMillis
  endedAt: EpochMillis
  pages: number
  throttled: number
  items: number
  /** Item versions not seen before; `null` when a body was unknown. */
  newVersions: number | null
  /** Every call failed. */
  failed: boolean
  readonly process: number
}

export interface SweepSegmentation {
  readonly segments: ReadonlyArray<SweepSegment>
  /** By row: index of its segment, below zero for rows of other subjects. */
  readonly segmentOf: Int32Array
}

/** Longest pause before a further page that has no page number of its own. */
const chainGapMs = 10_000
/** Within this time of a full page only its next page follows, whatever the interval of the poller. */
const atOnceMs = 500
/** Longest pause before a retry, unless `Retry-After` asks for more. */
const retryGapMs = 120_000
/** Longest pause before the next page number; detail calls in between may take this long. */
const nextPageGapMs = 3_600_000
/** Starts are whole milliseconds and durations are not: an overlap up to this counts as none. */
const roundingMs = 5
/** Share of the usual interval within which a call after a failure is a retry and not the next sweep. */
const retryShareOfInterval = 0.6
/** A retry has honoured `Retry-After` from this share of it on. */
const honouredShare = 0.8
/** Share of the usual interval, start to start, from which a call begins the next sweep in any case. */
const nextSweepShare = 0.9
/** Sweeps of one process that may run at the same time; the oldest is closed beyond that. */
const mostOpen = 16

interface OpenSweep {
  readonly segment: SweepSegment
  readonly index: number
  lastPage: number
  lastEnd: EpochMillis
  lastStart: EpochMillis
  lastFailed: boolean
  lastWasFull: boolean
  retryAfterMs: number
  /** Page numbers that were answered. */
  readonly pages: Set<number>
}

/** `rows`: the rows to segment, oldest first; `null` for all of them. */
export const segmentSweeps = (
  calls: CallColumns,
  rows: ReadonlyArray<number> | null,
  pageCeiling: number
): SweepSegmentation => {
  const count = rows?.length ?? calls.length
  const rowAt = (n: number): number => (rows === null ? n : rows[n]!)
  const segmentOf = new Int32Array(calls.length).fill(-1)
  const segments: Array<SweepSegment> = []
  const intervalMs = usualInterval(calls, count, rowAt)
  const fullPage = fullPageOf(calls, count, rowAt)
  const open = new Map<number, Array<OpenSweep>>()

  for (let n = 0; n < count; n++) {
    const row = rowAt(n)
    const startedAt = calls.startedAt[row]!
    const process = calls.process[row]!
    const own = open.get(process) ?? []
    const live = own.filter((sweep) => startedAt - sweep.lastEnd < nextPageGapMs + sweep.retryAfterMs)
    let sweep = sweepContinuedBy(calls, row, live, intervalMs, pageCeiling)
    if (sweep === null) {
      sweep = openSweep(startedAt, process, segments.length)
      segments.push(sweep.segment)
      live.push(sweep)
      if (live.length > mostOpen) live.shift()
    }
    open.set(process, live)
    addCall(calls, row, sweep, fullPage)
    segmentOf[row] = sweep.index
  }
  return { segments, segmentOf }
}

const openSweep = (startedAt: EpochMillis, process: number, index: number): OpenSweep => ({
  segment: { startedAt, endedAt: startedAt, pages: 0, throttled: 0, items: 0, newVersions: 0, failed: true, process },
  index,
  lastPage: 0,
  lastEnd: startedAt,
  lastStart: startedAt,
  lastFailed: false,
  lastWasFull: false,
  retryAfterMs: 0,
  pages: new Set()
})

const addCall = (calls: CallColumns, row: number, sweep: OpenSweep, fullPage: number): void => {
  const { segment } = sweep
  const failed = failedAt(calls, row)
  const end = endOf(calls, row)
  const page = Math.max(1, calls.page[row]!)
  segment.endedAt = Math.max(segment.endedAt, end)
  segment.pages += 1
  if (calls.status[row] === 429) segment.throttled += 1
  if (!failed) segment.failed = false
  const items = calls.items[row]!
  segment.items += Math.max(0, items)
  if (!failed && calls.status[row]! < 300 && calls.newVersions[row]! < 0) segment.newVersions = null
  else if (segment.newVersions !== null) segment.newVersions += Math.max(0, calls.newVersions[row]!)
  sweep.lastPage = Math.max(failed ? sweep.lastPage : page, page)
  sweep.lastEnd = end
  sweep.lastStart = calls.startedAt[row]!
  sweep.lastFailed = failed
  sweep.lastWasFull = !failed && fullPage > 1 && items >= fullPage && calls.newVersions[row]! * 2 >= items
  const retryAfter = calls.retryAfterSeconds[row]!
  sweep.retryAfterMs = Number.isNaN(retryAfter) ? 0 : retryAfter * 1000
  if (!failed) sweep.pages.add(page)
}

/** The open sweep that a call continues, or `null` where it begins a new one. */
const sweepContinuedBy = (
  calls: CallColumns,
  row: number,
  live: ReadonlyArray<OpenSweep>,
  intervalMs: number,
  pageCeiling: number
): OpenSweep | null => {
  const startedAt = calls.startedAt[row]!
  const page = calls.page[row]!
  let best: OpenSweep | null = null
  let bestGap = Number.POSITIVE_INFINITY
  for (const sweep of live) {
    const apart = startedAt - sweep.lastEnd
    const gap = apart < 0 && apart > -roundingMs ? 0 : apart
    const follows =
      page > 1
        ? followsByPage(sweep, page, gap, startedAt)
        : followsFirst(sweep, gap, startedAt - sweep.lastStart, page, intervalMs, pageCeiling)
    // Pages come one after the other: the sweep whose last call ended most recently is the nearest.
    const distance = gap < 0 ? 1e9 - gap : gap
    if (follows && distance < bestGap) {
      best = sweep
      bestGap = distance
    }
  }
  if (best !== null || page <= 1 || live.length === 0) return best
  // A page whose predecessor was not recorded.
  const last = live.at(-1)!
  return page > last.lastPage && startedAt - last.lastEnd < retryGapMs ? last : null
}

const followsByPage = (sweep: OpenSweep, page: number, gap: number, startedAt: EpochMillis): boolean => {
  if (sweep.lastFailed && page === sweep.lastPage) return gap >= 0 && gap < retryGapMs + sweep.retryAfterMs
  if (page === sweep.lastPage + 1) return gap >= 0 || startedAt - sweep.lastStart < 1_000
  // Pages requested in parallel.
  return !sweep.pages.has(page) && Math.abs(startedAt - sweep.lastStart) < 1_000
}

const followsFirst = (
  sweep: OpenSweep,
  gap: number,
  fromStart: number,
  page: number,
  intervalMs: number,
  pageCeiling: number
): boolean => {
  if (gap < 0) return false
  if (sweep.lastFailed && sweep.lastPage <= 1) {
    // A program that honoured `Retry-After` retries the same page; an earlier call may be the next sweep.
    if (gap >= sweep.retryAfterMs * honouredShare && sweep.retryAfterMs > 0)
      return gap < Math.min(sweep.retryAfterMs * 1.3 + 1_000, intervalMs * 0.95)
    // A call that failed slowly leaves little time to the next sweep, which shows by its start.
    return gap < Math.min(retryGapMs, intervalMs * retryShareOfInterval) && fromStart < intervalMs * nextSweepShare
  }
  // At the page ceiling a reader continues with a later time window, from its first page.
  if (sweep.lastPage >= pageCeiling && gap < chainGapMs) return true
  // Cursor pages have no number: a full page of new versions is followed at once by the next.
  if (page >= 0 || !sweep.lastWasFull) return false
  return gap < atOnceMs || (gap < chainGapMs && fromStart < intervalMs * retryShareOfInterval)
}

/** Median time from one first page to the next, failures left out; infinite where there is no pair. */
const usualInterval = (calls: CallColumns, count: number, rowAt: (n: number) => number): number => {
  const gaps: Array<number> = []
  const last = new Map<number, number>()
  let failedBefore = false
  for (let n = 0; n < count; n++) {
    const row = rowAt(n)
    if (calls.page[row]! > 1) continue
    const process = calls.process[row]!
    const before = last.get(process)
    const gap = before === undefined ? -1 : calls.startedAt[row]! - before
    // A call within a second of the one before is a page of the same sweep.
    if (gap > 1_000 && !failedBefore) gaps.push(gap)
    last.set(process, calls.startedAt[row]!)
    failedBefore = failedAt(calls, row)
  }
  if (gaps.length === 0) return Number.POSITIVE_INFINITY
  gaps.sort((a, b) => a - b)
  return gaps[gaps.length >> 1]!
}

/** Items of a full page: the largest count that occurs twice at least, else 0. A first sweep alone may be large. */
const fullPageOf = (calls: CallColumns, count: number, rowAt: (n: number) => number): number => {
  let most = 0
  let times = 0
  for (let n = 0; n < count; n++) {
    const items = calls.items[rowAt(n)]!
    if (items > most) [most, times] = [items, 1]
    else if (items === most) times += 1
  }
  return times > 1 ? most : 0
}
