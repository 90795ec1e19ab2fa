/**
 * Reconciliation intervals of the types that some pollers read: each as long as the pollers' goals and the healing bound
 * allow, and as cheap as that permits. Pure; spans in seconds.
 */
import { type OwnIntervals, type PlannedEvents, sweepSchedule, withOwn } from "../../providers/index.js"
import { entitiesOf } from "../detection/DetectedPoller.js"
import type { PollerEstimates } from "../estimates/PollerEstimates.js"
import type { FreshnessGoal } from "../Settings.js"
import { keeps, longestInterval, waitsUnder } from "./Freshness.js"

/** Intervals that a plan chooses from; the healing bound besides. */
const ladder = [
  60, 120, 180, 300, 420, 600, 900, 1_200, 1_800, 2_700, 3_600, 5_400, 7_200, 10_800, 14_400, 21_600, 43_200
]

/** The longest that a deletion may stay unnoticed which only a whole list shows, read in each n-th sweep [assumed]. */
const deletionsWithinSeconds = 86_400

/** A poller that webhooks may replace. */
export interface Candidate {
  readonly one: PollerEstimates
  /** What it must keep, and its changes that wait for a sweep. */
  readonly goals: ReadonlyArray<FreshnessGoal>
  readonly waiting: ReadonlyMap<string, number>
  /** Its calls where it stays, tuned where that is admissible. */
  readonly ifItStays: number
}

export type Intervals = Readonly<Record<string, number>>

/** The interval at which a schedule reads each type, dependants included. */
export const intervalsUnder = (
  { provider }: PlannedEvents,
  entities: ReadonlyArray<string>,
  boundSeconds: number,
  own: OwnIntervals
): ReadonlyMap<string, number> => {
  const found = new Map<string, number>()
  for (const { every, slower, walks, wanted } of sweepSchedule(
    provider,
    withOwn(provider, entities, own),
    boundSeconds,
    own
  ))
    for (const entity of wanted) {
      const isWalked = provider.sweeps[entity]?.parent?.which === "all"
      found.set(entity, slower[entity] ?? (isWalked ? every * (walks ?? 1) : every))
    }
  return found
}

export interface IntervalSearch {
  readonly planned: PlannedEvents
  readonly boundSeconds: number
  /** Types that are subscribed to and reconciled though none of the pollers reads them. */
  readonly extra: ReadonlyArray<string>
  readonly cost: (replaced: ReadonlyArray<Candidate>, own: Intervals) => number
}

/**
 * First each type at the longest interval at which every poller keeps its goals, should all its waiting types share it;
 * then single types longer, as far as the goals allow and calls are saved. `null` where no interval keeps them.
 */
export const intervalsFor = (
  replaced: ReadonlyArray<Candidate>,
  { boundSeconds, cost, extra, planned }: IntervalSearch
): Intervals | null => {
  const steps = [...ladder.filter((seconds) => seconds < boundSeconds), boundSeconds]
  const types = withOwn(planned.provider, [...replaced.flatMap(({ one }) => entitiesOf(one.poller)), ...extra], {})
  const stepOf = new Map(
    types.map((entity) => {
      const most = deletionsWithinSeconds / (planned.provider.sweeps[entity]?.wholeEvery ?? 1)
      return [
        entity,
        Math.max(
          0,
          steps.findLastIndex((seconds) => seconds <= most)
        )
      ]
    })
  )
  const slowest = new Map(stepOf)
  for (const { goals, waiting } of replaced) {
    const q = [...waiting.values()].reduce((sum, share) => sum + share, 0)
    for (const goal of goals) {
      const most = longestInterval(goal, q)
      const step = steps.findLastIndex((seconds) => seconds <= most)
      if (step === -1) return null
      for (const entity of waiting.keys())
        if (stepOf.has(entity)) stepOf.set(entity, Math.min(stepOf.get(entity)!, step))
    }
  }
  /** Dependants beneath all parents are read more seldom than their list unless an interval is set. */
  const isSet = (entity: string): boolean =>
    extra.includes(entity) || planned.provider.sweeps[entity]?.parent?.which === "all"
  const ownOf = (): Intervals =>
    Object.fromEntries(
      [...stepOf].flatMap(([entity, step]) =>
        step === steps.length - 1 && !isSet(entity) ? [] : [[entity, steps[step]!]]
      )
    )
  const isKept = (): boolean => {
    const intervals = intervalsUnder(planned, types, boundSeconds, ownOf())
    return replaced.every(({ goals, waiting }) =>
      goals.every((goal) => keeps(goal, waitsUnder(waiting, intervals, boundSeconds)))
    )
  }
  if (!isKept()) return null
  let calls = cost(replaced, ownOf())
  for (let improved = true; improved; ) {
    improved = false
    for (const entity of types)
      for (let step = slowest.get(entity)!; step > stepOf.get(entity)!; step--) {
        const before = stepOf.get(entity)!
        stepOf.set(entity, step)
        const now = isKept() ? cost(replaced, ownOf()) : Number.POSITIVE_INFINITY
        if (now < calls) {
          calls = now
          improved = true
          break
        }
        stepOf.set(entity, before)
      }
  }
  return ownOf()
}
