/** The plan of one sweep of a list, and where the next one begins. Unknown moments are NaN. */
import type { SweepRule } from "../providers/index.js"
import { lostAfterMs, tellSlackMs, wholeWithinMs } from "./Defaults.js"
import { isBehind } from "./Outage.js"

export interface SweepInput {
  readonly wholeEvery: number | null
  /** Dependants are due that are read of all parents. */
  readonly walks: boolean
  /** The cursor: how far the last sweep came, by the provider's stamps. */
  readonly sweptTo: number
  /** How many sweeps there were. */
  readonly nth: number
  /** The list's own type was never taken up. */
  readonly unfilled: boolean
  /** A comparison of ids is due. */
  readonly deletionsDue: boolean
  /** When ids were last compared, or the list first read. */
  readonly comparedAt: number
  /** When the receiver last came back from an outage. */
  readonly backAt: number
  /** The list's own type is looked after. */
  readonly wanted: boolean
  readonly startedAt: number
  readonly overlapMs: number
}

export interface DepthInput extends Pick<SweepInput, "overlapMs" | "startedAt" | "sweptTo"> {
  /**
   * When the list's types began to be watched: later changes are news, however late the first sweep comes. NaN where
   * none is.
   */
  readonly watchedSince: number
  readonly everyMs: number
}

export interface SweepPlan {
  readonly first: boolean
  /** The list is read to its end. */
  readonly whole: boolean
  /** The stamp from which on it is read; -Infinity for all of it. */
  readonly from: number
  /** Entities of the state that the list lacks are looked at. */
  readonly comparesIds: boolean
}

/** Whether a sweep is one of every so many; the first one is. */
export const isTurn = (nth: number, every: number | null): boolean => every !== null && nth % every === 0

/** Stamps have whole seconds, and a write is readable a moment later: each reading begins before the last one's end. */
export const readsFrom = (cursor: number, overlapMs: number): number => cursor - overlapMs

/**
 * Whether dependants that are read more seldom than their list are due in this sweep; `lastAt` is NaN where they were
 * never read. Half an interval of the list is room for sweeps that do not fall on the moment.
 */
export const isSlowTurn = (slowerMs: number, everyMs: number, lastAt: number, startedAt: number): boolean =>
  Number.isNaN(lastAt) || startedAt - lastAt >= slowerMs - everyMs / 2

/** Dependants of one type in a sweep. `slowerMs` is NaN where they are read as often as their list. */
export interface DependantsTurn {
  readonly slowerMs: number
  readonly everyMs: number
  /** When they were last read by an interval of their own, and how far they came then; NaN for never. */
  readonly lastAt: number
  readonly sweptTo: number
  readonly startedAt: number
  /** When the receiver last came back from an outage. */
  readonly backAt: number
}

/**
 * Whether those of all parents are read: at their turn, by count where they have no interval of their own; after an
 * outage at once.
 */
export const walksDependants = (
  { backAt, everyMs, lastAt, slowerMs, startedAt }: DependantsTurn,
  nth: number,
  walks: number | null
): boolean =>
  isBehind(lastAt, backAt) ||
  (Number.isNaN(slowerMs) ? isTurn(nth, walks) : isSlowTurn(slowerMs, everyMs, lastAt, startedAt))

/**
 * From which stamp of their parents on those of changed parents are read; NaN where they are not. More seldom than
 * their list, they look back to their own last time.
 */
export const dependantsSince = (
  { backAt, everyMs, lastAt, slowerMs, startedAt, sweptTo }: DependantsTurn,
  deepFrom: number,
  overlapMs: number,
  from: typeof readsFrom = readsFrom
): number => {
  if (Number.isNaN(slowerMs)) return deepFrom
  if (!isBehind(lastAt, backAt) && !isSlowTurn(slowerMs, everyMs, lastAt, startedAt)) return Number.NaN
  return Number.isNaN(sweptTo) ? deepFrom : from(sweptTo, overlapMs)
}

/**
 * In each how many-th sweep of a list at this interval it is read whole: as its rule says, but at least once in
 * `wholeWithinMs` where that many sweeps would take longer. `null` for never.
 */
export const wholeTurns = (wholeEvery: number | null, everyMs: number): number | null =>
  wholeEvery === null ? null : Math.min(wholeEvery, Math.max(1, Math.floor(wholeWithinMs / everyMs)))

/** Whether a sweep that is not the first reads the list to its end. */
export const isWhole = (nth: number, wholeEvery: number | null, walks: number | null): boolean =>
  isTurn(nth, wholeEvery) || isTurn(nth, walks)

/**
 * The first sweep fills the state; a parent that changed neither lately nor since it is watched is not read in depth.
 */
export const readsDeepFrom = (
  { everyMs, overlapMs, startedAt, sweptTo, watchedSince }: DepthInput,
  from: typeof readsFrom = readsFrom
): number => {
  if (!Number.isNaN(sweptTo)) return from(sweptTo, overlapMs)
  const lately = startedAt - everyMs
  return watchedSince < lately ? watchedSince : lately
}

export const planSweep = (input: SweepInput, from: typeof readsFrom = readsFrom): SweepPlan => {
  const { backAt, comparedAt, deletionsDue, nth, overlapMs, sweptTo, unfilled, walks, wanted, wholeEvery } = input
  const first = Number.isNaN(sweptTo) || unfilled
  const isDue = isTurn(nth, wholeEvery) || (wholeEvery !== null && wanted && isBehind(comparedAt, backAt))
  const whole = first || walks || deletionsDue || isDue
  return {
    first,
    whole,
    from: whole ? Number.NEGATIVE_INFINITY : from(sweptTo, overlapMs),
    // A walk reads the whole list for the sake of its dependants: what it lacks shows as well.
    comparesIds: !first && (deletionsDue || walks || (whole && wholeEvery !== null))
  }
}

/** The shortest rest between two sweeps, however long they take. */
const leastRestMs = 1_000

/** A timer may fire this much too early. */
export const earlyMs = 50

/** The rest after a sweep that ends now, where the next one is due then: each list keeps its own beat. */
export const restMs = (dueAt: number, now: number): number => Math.max(leastRestMs, dueAt - now)

/**
 * How far an item brings the sweep whose page shows it. Every page was read after the sweep began, so whatever had
 * changed by then was shown; a stamp on a page that came later may be of a moment after another page was read, and is
 * counted back by as much. Both moments are of one clock, which may be wrong; less than a second is the overlap's.
 */
export const reachedBy = (stamp: number, readAt: number, startedAt: number): number =>
  stamp - Math.max(0, Math.floor((readAt - startedAt) / 1_000)) * 1_000

/** The provider's own stamps say how far a sweep came, so that a wrong clock moves nothing; an empty list has none. */
export const nextCursor = (newest: number, startedAt: number): number => (newest > 0 ? newest : startedAt)

/**
 * Whether the stamp of a parent is explained: an event or a look told of it, or an event of a dependant did. Dependants
 * whose routes push all of them are not read beneath such a parent until their own turn. Unknown stamps are NaN.
 */
export const isExplained = (stamp: number, known: number, touchedAt: number): boolean =>
  stamp <= known || stamp <= touchedAt

/**
 * Whether a parent tells of a dependant that no event told of: its moment lies behind the newest known one, and not
 * before what the sweep looks at.
 */
export const tellsOfNews = (shown: number, known: number, since: number): boolean =>
  shown > since && !(shown <= known + tellSlackMs)

/**
 * Whether the push of a dependant that a sweep found is lost, and not on its way. Another may be lost then beneath a
 * parent whose later change is known: the sweep reads those of all parents that changed. Of a list that is swept often,
 * no find is older than its interval: half of it has to do.
 */
export const isPushLost = (stamp: number, readAt: number, everyMs: number): boolean =>
  readAt - stamp > Math.min(lostAfterMs, everyMs / 2)

/** Whether a parent's dependants are read: it changed, and they were not read at this stamp. */
export const readsDependants = (stamp: number, changedSince: number, lastReadStamp: number): boolean =>
  stamp >= changedSince && lastReadStamp !== stamp

/** Pages that a list of so many items has: an empty one has one. */
export const pagesFor = (items: number, perPage: number): number => Math.max(1, Math.ceil(items / perPage))

/**
 * Requests for the items of a list: where it is read in windows, each but the first begins with the last item of the
 * one before.
 */
const pagesOf = ({ perPage, windows }: SweepRule, items: number, whole: boolean): number =>
  (windows === "always" || (windows === "filtered" && !whole)) && perPage > 1
    ? pagesFor(items - 1, perPage - 1)
    : pagesFor(items, perPage)

/**
 * Requests that one sweep makes for its list, without those for hidden lists and dependants. `changed`: items from the
 * sweep's beginning on; `total`: all of them.
 */
export const sweepRequests = (
  rule: SweepRule,
  changed: number,
  total: number,
  whole: boolean,
  findsView: boolean
): number => {
  const lists = (rule.lists ?? 1) - 1
  if (rule.by !== "newestFirst") return pagesOf(rule, whole ? total : changed, whole) + lists
  const all = pagesOf(rule, total, true)
  // A newest-first reading goes on to the first item that it knows, and then reads its front once more.
  const read = whole ? all : Math.min(all, pagesOf(rule, changed + 1, false))
  // A view has to be found once by each process.
  return read + (read > 1 ? 1 : 0) + (findsView ? 1 : 0) + lists
}
