/**
 * Cuts one stream's calls into rounds: a first call, its further pages, and what was asked again after a failure. Rounds
 * that run at the same time are told apart by their pages and their processes. Pure.
 */
import { type CallColumns, endOf, failedAt } from "../../domain/Recording.js"
import type { EpochMillis } from "../../domain/Time.js"

export interface Round {
  readonly startedAt: EpochMillis
  endedAt: EpochMillis
  pages: number
  throttled: number
  items: number
  /** Item versions not seen before; `null` when a body was unknown. */
  fresh: number | null
  /** No call of it brought an answer. */
  failed: boolean
  readonly process: number
}

export interface Rounds {
  readonly rounds: ReadonlyArray<Round>
  /** By row: the place of its round. */
  readonly roundOf: Int32Array
}

/** A page that follows at once is asked for within this time after the one before. */
const chainGapMs = 10_000
/** Nothing but the next page follows a full one so soon, whatever the usual time is. */
const atOnceMs = 500
/** What was refused is asked for again within this time, unless `Retry-After` says more. */
const retryGapMs = 120_000
/** The next page number of a round that is not over, however long the details in between took. */
const nextPageGapMs = 3_600_000
/** Starts are whole milliseconds and durations are not: so much before the end of the last is after it. */
const roundingMs = 5
/** Of the usual time between first pages: what comes sooner after a failure is another try, not the next round. */
const retryShareOfRhythm = 0.6
/** Of `Retry-After`: less is no waiting for it. */
const waited = 0.8
/** From one start to the next so much of the usual time is the next round, whatever became of this one. */
const onTheBeat = 0.9

interface OpenRound {
  readonly round: Round
  readonly place: number
  lastPage: number
  lastEnd: EpochMillis
  lastStart: EpochMillis
  lastFailed: boolean
  lastWasFull: boolean
  retryAfterMs: number
  readonly pages: Set<number>
}

export const roundsOf = (calls: CallColumns, rows: ReadonlyArray<number> | null, pageCeiling: number): Rounds => {
  const count = rows?.length ?? calls.length
  const rowAt = (n: number): number => (rows === null ? n : rows[n]!)
  const roundOf = new Int32Array(calls.length).fill(-1)
  const rounds: Array<Round> = []
  const rhythmMs = usualGap(calls, count, rowAt)
  const fullPage = fullPageOf(calls, count, rowAt)
  const open = new Map<number, Array<OpenRound>>()

  for (let n = 0; n < count; n++) {
    const row = rowAt(n)
    const startedAt = calls.startedAt[row]!
    const process = calls.process[row]!
    const own = open.get(process) ?? []
    const live = own.filter((one) => startedAt - one.lastEnd < nextPageGapMs + one.retryAfterMs)
    const found = roundFor(calls, row, live, rhythmMs, pageCeiling)
    let into = found
    if (into === null) {
      const round: Round = {
        startedAt,
        endedAt: startedAt,
        pages: 0,
        throttled: 0,
        items: 0,
        fresh: 0,
        failed: true,
        process
      }
      into = {
        round,
        place: rounds.length,
        lastPage: 0,
        lastEnd: startedAt,
        lastStart: startedAt,
        lastFailed: false,
        lastWasFull: false,
        retryAfterMs: 0,
        pages: new Set()
      }
      rounds.push(round)
      live.push(into)
      // More than a few at once are none that anybody waits for.
      if (live.length > 16) live.shift()
    }
    open.set(process, live)
    addCall(calls, row, into, fullPage)
    roundOf[row] = into.place
  }
  return { rounds, roundOf }
}

const addCall = (calls: CallColumns, row: number, into: OpenRound, fullPage: number): void => {
  const { round } = into
  const failed = failedAt(calls, row)
  const end = endOf(calls, row)
  const page = Math.max(1, calls.page[row]!)
  round.endedAt = Math.max(round.endedAt, end)
  round.pages += 1
  if (calls.status[row] === 429) round.throttled += 1
  if (!failed) round.failed = false
  const items = calls.items[row]!
  round.items += Math.max(0, items)
  if (!failed && calls.status[row]! < 300 && calls.newVersions[row]! < 0) round.fresh = null
  else if (round.fresh !== null) round.fresh += Math.max(0, calls.newVersions[row]!)
  into.lastPage = Math.max(failed ? into.lastPage : page, page)
  into.lastEnd = end
  into.lastStart = calls.startedAt[row]!
  into.lastFailed = failed
  into.lastWasFull = !failed && fullPage > 1 && items >= fullPage && calls.newVersions[row]! * 2 >= items
  const retryAfter = calls.retryAfterSeconds[row]!
  into.retryAfterMs = Number.isNaN(retryAfter) ? 0 : retryAfter * 1000
  if (!failed) into.pages.add(page)
}

/** The round that a call goes on with, or null where it begins one. */
const roundFor = (
  calls: CallColumns,
  row: number,
  live: ReadonlyArray<OpenRound>,
  rhythmMs: number,
  pageCeiling: number
): OpenRound | null => {
  const startedAt = calls.startedAt[row]!
  const page = calls.page[row]!
  let best: OpenRound | null = null
  let bestGap = Number.POSITIVE_INFINITY
  for (const one of live) {
    const apart = startedAt - one.lastEnd
    const gap = apart < 0 && apart > -roundingMs ? 0 : apart
    const follows =
      page > 1
        ? followsByPage(one, page, gap, startedAt)
        : followsFirst(one, gap, startedAt - one.lastStart, page, rhythmMs, pageCeiling)
    // Pages are asked for one after the other: the round that has just ended its last is the nearest.
    const distance = gap < 0 ? 1e9 - gap : gap
    if (follows && distance < bestGap) {
      best = one
      bestGap = distance
    }
  }
  if (best !== null || page <= 1 || live.length === 0) return best
  // A page whose predecessor was not recorded.
  const last = live.at(-1)!
  return page > last.lastPage && startedAt - last.lastEnd < retryGapMs ? last : null
}

const followsByPage = (one: OpenRound, page: number, gap: number, startedAt: EpochMillis): boolean => {
  if (one.lastFailed && page === one.lastPage) return gap >= 0 && gap < retryGapMs + one.retryAfterMs
  if (page === one.lastPage + 1) return gap >= 0 || startedAt - one.lastStart < 1_000
  // Pages that were asked for all at once.
  return !one.pages.has(page) && Math.abs(startedAt - one.lastStart) < 1_000
}

const followsFirst = (
  one: OpenRound,
  gap: number,
  fromStart: number,
  page: number,
  rhythmMs: number,
  pageCeiling: number
): boolean => {
  if (gap < 0) return false
  if (one.lastFailed && one.lastPage <= 1) {
    // A program that waited as long as it was told to comes back for the same page; one that came sooner may be the next round.
    if (gap >= one.retryAfterMs * waited && one.retryAfterMs > 0)
      return gap < Math.min(one.retryAfterMs * 1.3 + 1_000, rhythmMs * 0.95)
    // A call that took long to fail leaves little time to the next round: that one is told by its start.
    return gap < Math.min(retryGapMs, rhythmMs * retryShareOfRhythm) && fromStart < rhythmMs * onTheBeat
  }
  // At the ceiling a reader goes on with a later window from its first page.
  if (one.lastPage >= pageCeiling && gap < chainGapMs) return true
  // Pages by a cursor have no number: a full page of news is followed by the next at once.
  if (page >= 0 || !one.lastWasFull) return false
  return gap < atOnceMs || (gap < chainGapMs && fromStart < rhythmMs * retryShareOfRhythm)
}

/** The usual time from one first page to the next, of those that did not follow a failure. */
const usualGap = (calls: CallColumns, count: number, rowAt: (n: number) => number): number => {
  const gaps: Array<number> = []
  const last = new Map<number, number>()
  let failedBefore = false
  for (let n = 0; n < count; n++) {
    const row = rowAt(n)
    if (calls.page[row]! > 1) continue
    const process = calls.process[row]!
    const before = last.get(process)
    const gap = before === undefined ? -1 : calls.startedAt[row]! - before
    // What follows within a blink is a page of the same round.
    if (gap > 1_000 && !failedBefore) gaps.push(gap)
    last.set(process, calls.startedAt[row]!)
    failedBefore = failedAt(calls, row)
  }
  if (gaps.length === 0) return Number.POSITIVE_INFINITY
  gaps.sort((a, b) => a - b)
  return gaps[gaps.length >> 1]!
}

/** As many items as the largest page has; 0 where only one has so many: the first look at a list is large by itself. */
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
