/**
 * Which lists of a plan are swept by the hour of the day: those where the goals then take fewer calls. Pure; spans in
 * seconds.
 */
import { meanInterval } from "../../domain/SweepInterval.js"
import { listAbove, type OwnIntervals } from "../../providers/index.js"
import { busyHoursFor, type LateShare } from "./BusyHours.js"
import type { Candidate, IntervalSearch } from "./Candidate.js"
import { surplus, waitsUnder } from "./Freshness.js"
import { noticedUnder } from "./ScheduledIntervals.js"

/** Share of a list's sweeps that hours must save: some hours of any day look busy by chance [assumed]. */
const savedShare = 0.2
/** Calls a day that they must save, for a schedule that is harder to read [assumed]. */
const savedADay = 5
/** Spans of hours that are counted by the changes of the window, the best by the closed form first. */
const counted = 8
/** Steps by which a busy interval is shortened: the last busy hour ends with a quiet interval, which the form leaves out. */
const shortened = 4

export interface PlainPlan {
  readonly own: OwnIntervals
  /** Types that are read, and intervals that may be chosen. */
  readonly types: ReadonlyArray<string>
  readonly steps: ReadonlyArray<number>
  readonly isKept: (own: OwnIntervals) => boolean
  readonly cost: (own: OwnIntervals) => number
}

export const withBusyHours = (
  replaced: ReadonlyArray<Candidate>,
  { own: plain, types, steps, isKept, cost }: PlainPlan,
  search: IntervalSearch
): OwnIntervals => {
  const { boundSeconds, days = 1, planned } = search
  const lists = types.filter((entity) => listAbove(planned.provider, entity) === null)
  let own = plain
  for (const entity of lists) {
    const single = own[entity]
    if (typeof single !== "number" || single >= boundSeconds) continue
    const asked = lateSharesOf(entity, replaced, types, own, search)
    if (asked === null) continue
    const others = own
    let best = own
    let least = cost(own) - savedADay * days
    for (const interval of busyHoursFor(asked, boundSeconds, steps).slice(0, counted)) {
      const tried = steps
        .slice(0, steps.indexOf(interval.busy) + 1)
        .reverse()
        .slice(0, shortened)
        .map((busy) => ({ ...interval, busy }))
        .find((one) => isKept({ ...others, [entity]: one }))
      if (tried === undefined || meanInterval(tried) * (1 - savedShare) < single) continue
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

/** What the goals ask of the changes that wait for a list; `null` where it is not known when in the day they come. */
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
    const byHour = Array.from({ length: 24 }, () => 0)
    for (const [entity, share] of here) {
      const known = hoursOf(entity)
      if (known === null) return null
      for (const [hour, ofHour] of known.entries()) byHour[hour]! += (ofHour * share) / waits
    }
    for (const goal of goals) {
      const others = waitsUnder(waiting, withoutList, boundSeconds, hoursOf)
      asked.push({ seconds: goal.seconds, waits, mayBeLate: waits + surplus(goal, others, latency), byHour })
    }
  }
  return asked.length === 0 ? null : asked
}
