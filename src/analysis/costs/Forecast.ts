/**
 * Forecast of the calls that remain once webhooks carry the changes, part by part (`callsAfter` is never "calls minus
 * polls"), and of the freshness then. Every assumption has its name and source here. Pure.
 */
import { getOrMake } from "../../domain/Grouping.js"
import type { Spread } from "../../domain/Quantiles.js"
import { spread } from "../../domain/Quantiles.js"
import { convertInterval, longestGap, meanInterval, type SweepInterval } from "../../domain/SweepInterval.js"
import type { EpochMillis } from "../../domain/Time.js"
import { isReadable, isTurn, isWhole, overlapMs, sweepRequests, wholeTurns } from "../../policy/index.js"
import type { Provider, Route } from "../../providers/index.js"
import { type HourlyShares, lagsOf } from "../estimates/HourlyLags.js"
import type { ObservedChange, ObservedEntities } from "../estimates/ObservedChanges.js"
import type { PushLatency } from "../estimates/PushLatency.js"
import { type AssumedFaults, noAssumedFaults, returnsIn, sweepMade, sweepsMade } from "./AssumedFaults.js"
import { type SweepBeat, sweepBeat, sweepsBetween } from "./SweepBeat.js"

export interface ForecastWindow {
  readonly from: EpochMillis
  readonly to: EpochMillis
}

/** Count of entities at a moment: all but those created later. */
const countAt = ({ changes, entities, whole }: ObservedEntities): ((at: EpochMillis) => number) => {
  const made = new Map<number, EpochMillis>()
  // Changes rise, so the first stamp of an entity is its creation.
  for (const { action, entityId, updatedAt } of changes)
    if ((whole || action === "create") && !made.has(entityId)) made.set(entityId, updatedAt)
  const moments = [...made.values()].sort((a, b) => a - b)
  let later = moments.length
  // The moments asked for rise.
  return (at) => {
    while (later > 0 && moments[moments.length - later]! <= at) later -= 1
    return entities - later
  }
}

const inMs = (every: SweepInterval): SweepInterval => convertInterval(every, (seconds) => seconds * 1_000)

/** At least one: a receiver sweeps when it starts, however short the window (see Extrapolation.ts). */
export const sweepsIn = (window: ForecastWindow, everySeconds: SweepInterval): number =>
  Math.max(1, sweepsBetween(window.from, window.to, inMs(everySeconds)))

/** By sweep: entities that changed in its interval and the overlap before it. */
const changedBySweep = ({ changes }: ObservedEntities, beat: SweepBeat): ReadonlyArray<number> => {
  const changed = Array.from({ length: beat.count }, () => 0)
  // Changes rise, and so do the sweeps that find them: a sweep counts an entity once.
  const countedTo = new Int32Array(changes.reduce((highest, { entityId }) => Math.max(highest, entityId), -1) + 1)
  for (const { entityId, updatedAt } of changes) {
    // A change is in the next sweep, and in those whose overlap reaches back to it.
    const first = Math.max(1, beat.after(updatedAt))
    const last = Math.min(beat.count - 1, beat.after(updatedAt + overlapMs))
    if (last < first) continue
    const counted = countedTo[entityId]!
    for (let sweep = Math.max(first, counted + 1); sweep <= last; sweep++) changed[sweep]! += 1
    if (last > counted) countedTo[entityId] = last
  }
  return changed
}

/**
 * Calls of the reconciliation sweeps that list one entity type, over the window; those of dependants are not
 * included.
 */
export const reconciliationCalls = (
  provider: Provider,
  entity: string,
  observed: ObservedEntities,
  window: ForecastWindow,
  everySeconds: SweepInterval,
  /** The whole list is read in each n-th sweep, for dependants beneath all parents; `null` for never. */
  walksEvery: number | null,
  /** Deletions are looked for, where the list shows them when it is read whole. */
  wanted = true,
  faults: AssumedFaults = noAssumedFaults
): number => {
  const rule = provider.sweeps[entity]
  if (rule === undefined || rule.by === "children") return 0
  const everyMs = inMs(everySeconds)
  const beat = sweepBeat(window, everyMs)
  const count = countAt(observed)
  const listed = Array.from({ length: beat.count }, (_, sweep) => count(beat.at(sweep)))
  const changed = changedBySweep(observed, beat)
  const wholeEvery = wholeTurns(rule.wholeEvery, meanInterval(everyMs))
  const regular = listed.reduce((calls, total, sweep) => {
    const first = sweep === 0
    const whole = first || rule.by === "wholeList" || isWhole(sweep, wholeEvery, walksEvery)
    const hidden = first ? 0 : rule.hidden.length
    return calls + sweepRequests(rule, Math.min(changed[sweep]!, total), total, whole, first) + hidden
  }, 0)
  const returns = returnsIn(faults, window)
  if (returns.length === 0) return regular
  const isRead = walksEvery !== null || (rule.wholeEvery !== null && wanted)
  const countThen = countAt(observed)
  const whole = returns.reduce((calls, at) => {
    const total = countThen(at)
    const more = sweepRequests(rule, 0, total, true, true) - sweepRequests(rule, 0, total, false, false)
    return calls + (isRead ? more : 0)
  }, 0)
  return Math.round((regular * sweepsMade(window, everyMs, faults)) / beat.count) + whole
}

/**
 * GETs that read the dependants of every parent that changed since the sweep before: a lost reply can hide behind a
 * later change. Where nothing shows which parents have news, those of all parents.
 */
export const childrenCalls = (
  provider: Provider,
  child: string,
  observed: (entity: string) => ObservedEntities,
  window: ForecastWindow,
  everySeconds: SweepInterval,
  /** Dependants of all parents are read in each n-th sweep. */
  walks: number,
  faults: AssumedFaults = noAssumedFaults
): number => {
  const rule = provider.sweeps[child]
  const parent = rule?.parent
  if (rule === undefined || parent === undefined) return 0
  const beat = sweepBeat(window, inMs(everySeconds))
  const sweeps = beat.count
  if (parent.which === "all") {
    const [children, parents] = [countAt(observed(child)), countAt(observed(parent.entity))]
    let calls = 0
    const turns: Array<EpochMillis> = [...returnsIn(faults, window)]
    for (let sweep = 0; sweep < sweeps; sweep++)
      if (isTurn(sweep, walks) && sweepMade(sweep, window, beat, faults) === sweep) turns.push(beat.at(sweep))
    for (const at of turns.sort((a, b) => a - b)) {
      const [beneath, above] = [children(at), parents(at)]
      // A list for each parent with its further pages, or a call for each stub.
      calls += above + (rule.stubs === true ? beneath : Math.max(0, Math.ceil(beneath / rule.perPage) - above))
    }
    return calls
  }
  // By sweep: the first reads the changes of the interval before the window.
  const read = Array.from({ length: sweeps }, () => new Set<number>())
  const { changes, whole } = observed(parent.entity)
  for (const { entityId, updatedAt } of changes) {
    const sweep = beat.after(updatedAt)
    read[sweep]?.add(entityId)
    // Read too early to show all changes of its stamp: read once more.
    if (!isReadable(updatedAt, beat.at(sweep))) read[sweep + 1]?.add(entityId)
  }
  const [first = 0, ...later] = read.map(({ size }) => size)
  const sum = later.reduce((calls, size) => calls + size, 0)
  // A whole list shows stamps from before the window. A list of changes shows few: the time before is taken to be
  // like the time after.
  return whole ? sum + first : sum + Math.max(first, Math.round(sum / Math.max(1, later.length)))
}

/** GETs of the window for dependants that pushes tell. */
export interface ToldCalls {
  readonly calls: number
  /** Of `calls`: the share of a reading that comes more seldom than the window is long. */
  readonly seldom: number
}

/**
 * GETs for dependants that pushes tell. A sweep of their list reads them beneath parents whose last stamp no push
 * explains, and beneath all that changed where it finds a change that no push told, as the first one does. At each turn
 * of their own those of all parents that changed since the turn before are read; of a turn that lies beyond the window,
 * its share counts.
 */
export const toldCalls = (
  observed: ObservedEntities,
  window: ForecastWindow,
  everySeconds: SweepInterval,
  turnSeconds: number,
  explains: (change: ObservedChange) => boolean,
  /** Share of the pushes that are lost: a sweep finds some of them, and then reads beneath all that changed. */
  loss = 0,
  faults: AssumedFaults = noAssumedFaults
): ToldCalls => {
  const everyMs = inMs(everySeconds)
  const beat = sweepBeat(window, everyMs)
  const sweeps = beat.count
  const sweepsATurn = Math.max(1, Math.round((turnSeconds * 1_000) / meanInterval(everyMs)))
  const before = new Set<number>()
  const made = new Set<number>()
  /** By parent: the sweep that lists its last change, and whether a push explains the stamp. */
  const last = new Map<number, { readonly sweep: number; readonly isExplained: boolean }>()
  const unexplained = new Map<number, Set<number>>()
  const pushes = new Map<number, number>()
  /** Sweeps that find a change which no push told: they read beneath all that changed. */
  const finding = new Set(returnsIn(faults, window).map(beat.notBefore))
  const bySweep = new Map<number, Set<number>>()
  const changing = new Map<number, Set<number>>()
  for (const change of observed.changes) {
    const { entityId, updatedAt } = change
    const since = updatedAt - window.from
    if (since < -longestGap(everyMs)) continue
    if (since < 0) {
      before.add(entityId)
      continue
    }
    if (change.action === "create") made.add(entityId)
    const sweep = sweepMade(beat.after(updatedAt), window, beat, faults)
    const isExplained = explains(change)
    const turn = Math.ceil(sweep / sweepsATurn)
    getOrMake(changing, turn, () => new Set()).add(entityId)
    getOrMake(bySweep, sweep, () => new Set()).add(entityId)
    const stampAlone = change.changed !== null && change.changed.length === 0 && change.action === "update"
    if (!isExplained && !stampAlone) finding.add(sweep)
    // A later change of the same interval hides the earlier one; one that a turn reads is read there.
    const alone = getOrMake(unexplained, sweep, () => new Set())
    if (isExplained) alone.delete(entityId)
    else alone.add(entityId)
    if (isExplained) pushes.set(sweep, (pushes.get(sweep) ?? 0) + 1)
    last.set(entityId, { sweep, isExplained })
  }
  // A list of changes shows few stamps from before the window: the time before is taken to be like the time after.
  const changed = new Set([...changing.values()].flatMap((parents) => [...parents])).size
  let calls = observed.whole ? before.size : Math.max(before.size, Math.round(changed / sweeps))
  for (const [sweep, parents] of bySweep) {
    if (sweep >= sweeps || sweep % sweepsATurn === 0) continue
    const finds = finding.has(sweep) ? 1 : 1 - (1 - loss) ** (pushes.get(sweep) ?? 0)
    calls += finds * parents.size + (1 - finds) * (unexplained.get(sweep)?.size ?? 0)
  }
  if (sweepsATurn < sweeps) {
    for (const [turn, parents] of changing) {
      if (turn * sweepsATurn >= sweeps) continue
      for (const parent of parents) {
        const { isExplained, sweep } = last.get(parent)!
        // It was read at this stamp already.
        if (sweep < turn * sweepsATurn && (!isExplained || finding.has(sweep))) continue
        calls += 1
      }
    }
    return { calls: Math.round(calls), seldom: 0 }
  }
  // By a turn that comes seldom, at most all that were there have changed, and those that were made since.
  const older = Math.ceil((observed.entities - made.size) / (sweepsATurn / sweeps))
  const seldom = Math.min(changed, older + made.size)
  return { calls: Math.round(calls) + seldom, seldom }
}

/** Calls that look after the subscriptions: both kinds of rules, once a day. The other routes have no API. */
export const upkeepCalls = (route: Route, window: ForecastWindow): number =>
  route === "rule" ? 2 * Math.max(1, Math.ceil((window.to - window.from) / 86_400_000)) : 0

/** A share of the changes that no push tells of: they wait for a sweep, evenly over its interval. */
export interface Waiting {
  readonly share: number
  readonly everySeconds: SweepInterval
  /** Shares of the type's changes by hour of the UTC day; evenly spread where they are not known. */
  readonly byHour?: HourlyShares | null
}

/** Freshness where a share of the changes is pushed and the rest waits for sweeps. */
export const forecastFreshness = (pushedShare: number, everySeconds: number, latency: PushLatency): Spread | null =>
  forecastOf([{ share: 1 - pushedShare, everySeconds }], latency)

/** The same where types are swept at intervals of their own. */
export const forecastOf = (waiting: ReadonlyArray<Waiting>, latency: PushLatency): Spread | null => {
  const { lags, max } = lagPoints(waiting, latency, 1_000)
  const made = spread(lags)
  return made === null ? null : { ...made, max }
}

/** So many lags in seconds, evenly over their distribution, and the longest that may come. */
export const lagPoints = (
  waiting: ReadonlyArray<Waiting>,
  latency: PushLatency,
  points: number
): { readonly lags: ReadonlyArray<number>; readonly max: number } => {
  const waits = waiting.reduce((sum, { share }) => sum + share, 0)
  const pushed = Math.round((1 - waits) * points)
  const lags: Array<number> = []
  for (let n = 0; n < pushed; n++) lags.push(latency.quantile((n + 0.5) / pushed) / 1_000)
  let slowest = 0
  let placed = 0
  let before = 0
  for (const { byHour, everySeconds, share } of waiting) {
    before += share
    const count = waits === 0 ? 0 : Math.round(((points - pushed) * before) / waits) - placed
    const { quantile } = lagsOf(everySeconds, byHour ?? null)
    for (let n = 0; n < count; n++) lags.push(quantile((n + 0.5) / count))
    if (count > 0) slowest = Math.max(slowest, longestGap(everySeconds))
    placed += count
  }
  return { lags, max: slowest > 0 ? slowest : latency.longestMs / 1_000 }
}

/** Whole numbers that add up to `total`, as even as they can be. */
export const splitEvenly = (total: number, parts: number): ReadonlyArray<number> =>
  Array.from(
    { length: parts },
    (_, index) => Math.floor((total * (index + 1)) / parts) - Math.floor((total * index) / parts)
  )
