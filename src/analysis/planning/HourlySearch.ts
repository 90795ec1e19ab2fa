/**
 * Which lists of a plan are swept by the hour of the day: those where the goals then take fewer calls. Pure; spans in
 * seconds.
 */
import { meanInterval } from "../../domain/SweepInterval.js"
import { listAbove, type OwnIntervals } from "../../providers/index.js"
import { doubted } from "../estimates/HourlyLags.js"
import { busyHoursFor, type LateShare, longestBusy } from "./BusyHours.js"
import type { Candidate, IntervalSearch } from "./Candidate.js"
import { type HoursOf, surplus, waitsUnder } from "./Freshness.js"
import { noticedUnder } from "./ScheduledIntervals.js"

/**
 * Share of the sweeps at the longest single interval that hours must save, be it one of the steps or not: some hours of
 * any day look busy by chance [assumed].
 */
const savedShare = 0.2
/** Calls a day that they must save, for a schedule that is harder to read [assumed]. */
const savedADay = 5
/** Spans of hours that are counted by the changes of the window, the best by the closed form first. */
const counted = 8
/**
 * Steps by which a busy interval is shortened: the last busy hour ends with a quiet interval, which the form leaves
 * out.
 */
const shortened = 4

export interface PlainPlan {
  readonly own: OwnIntervals
  /** Types that are read, and intervals that may be chosen. */
  readonly types: ReadonlyArray<string>
  readonly steps: ReadonlyArray<number>
  readonly isKept: (own: OwnIntervals, hoursOf: HoursOf) => boolean
  readonly cost: (own: OwnIntervals) => number
}

export const withBusyHours = (
  replaced: ReadonlyArray<Candidate>,
  { own: plain, types, steps, isKept, cost }: PlainPlan,
  search: IntervalSearch
): OwnIntervals => {
  const { boundSeconds, days = 1, hoursOf = () => null, planned } = search
  const doubting =
    (hours: string): HoursOf =>
    (type) => {
      const known = hoursOf(type)
      return known === null ? null : doubted(known, hours)
    }
  const lists = types.filter((entity) => listAbove(planned.provider, entity) === null)
  let own = plain
  for (const entity of lists) {
    const single = own[entity]
    if (typeof single !== "number" || single >= boundSeconds) continue
    const asked = lateSharesOf(entity, replaced, types, own, search)
    if (asked === null) continue
    const others = own
    const longest = asked.reduce((most, one) => Math.min(most, longestBusy(one, 1, boundSeconds) ?? 0), boundSeconds)
    let best = own
    let least = cost(own) - savedADay * days
    for (const interval of busyHoursFor(asked, boundSeconds, steps).slice(0, counted)) {
      const tried = steps
        .slice(0, steps.indexOf(interval.busy) + 1)
        .reverse()
        .slice(0, shortened)
        .map((busy) => ({ ...interval, busy }))
        .find((one) => isKept({ ...others, [entity]: one }, doubting(interval.hours)))
      if (tried === undefined || meanInterval(tried) * (1 - savedShare) < Math.max(single, longest)) continue
      const hourly = { ...others, [entity]: tried }
      const calls = cost(hourly)
      if (calls > least || (calls === least && best !== others)) continue
      best = hourly
      least = calls
    }
    own = best
  }
  return own
}

/** The goals' demands on the changes that wait for a list; `null` where it is not known when in the day they come. */
const lateSharesOf = (
  list: string,
  replaced: ReadonlyArray<Candidate>,
  types: ReadonlyArray<string>,
  own: OwnIntervals,
  { boundSeconds, hoursOf = () => null, latency, planned }: IntervalSearch
): ReadonlyArray<LateShare> | null => {
  const intervals = noticedUnder(planned, types, boundSeconds, own)
  const isOfList = (entity: string): boolean =>
    (listAbove(planned.provider, entity) ?? entity) === list && intervals.get(entity) === intervals.get(list)
  const withoutList = new Map([...intervals].map(([entity, every]) => [entity, isOfList(entity) ? Infinity : every]))
  const asked: Array<LateShare> = []
  for (const { goals, waiting } of replaced) {
    const here = [...waiting].filter(([entity]) => isOfList(entity))
    const waits = here.reduce((sum, [, share]) => sum + share, 0)
    if (waits === 0) continue
    const shares = Array.from({ length: 24 }, () => 0)
    let changes = Number.POSITIVE_INFINITY
    for (const [entity, share] of here) {
      const known = hoursOf(entity)
      if (known === null) return null
      for (const [hour, ofHour] of known.shares.entries()) shares[hour]! += (ofHour * share) / waits
      changes = Math.min(changes, known.changes)
    }
    for (const goal of goals) {
      const others = waitsUnder(waiting, withoutList, boundSeconds, hoursOf)
      const mayBeLate = waits + surplus(goal, others, latency)
      asked.push({ seconds: goal.seconds, waits, mayBeLate, byHour: { shares, changes } })
    }
  }
  return asked.length === 0 ? null : asked
}
