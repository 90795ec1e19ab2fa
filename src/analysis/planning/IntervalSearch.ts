/**
 * Reconciliation intervals of the types that some pollers read: each as long as the pollers' goals and the healing bound
 * allow, and as cheap as that permits. Pure; spans in seconds.
 */
import { wholeWithinMs } from "../../policy/index.js"
import { type OwnIntervals, type PlannedEvents, sweepSchedule, toldDependants, withOwn } from "../../providers/index.js"
import { entitiesOf } from "../detection/DetectedPoller.js"
import type { PollerEstimates } from "../estimates/PollerEstimates.js"
import type { PushLatency } from "../estimates/PushLatency.js"
import type { FreshnessGoal } from "../Settings.js"
import { keeps, longestInterval, waitsUnder } from "./Freshness.js"

/** Intervals that a plan chooses from, in seconds: up to a quarter of an hour by half minutes; the healing bound besides. */
const ladder = [
  ...Array.from({ length: 29 }, (_, half) => 60 + half * 30),
  ...[20, 25, 30, 40, 45, 60, 90, 120, 180, 240, 360, 720].map((minutes) => minutes * 60)
]

/** Dependants that all parents have to be read for are read at least so often, though it be beyond the healing bound. */
const walkSeconds = wholeWithinMs / 1_000

/** How often dependants that pushes tell are read beneath all that changed [assumed]: what a later change hides shows then. */
export const toldTurnSeconds = 28 * 86_400

/** A poller that webhooks may replace. */
export interface Candidate {
  readonly one: PollerEstimates
  /** What it must keep, and its changes that wait for a sweep. */
  readonly goals: ReadonlyArray<FreshnessGoal>
  readonly waiting: ReadonlyMap<string, number>
  /** Its calls where it stays, tuned where that is admissible. */
  readonly ifItStays: number
}

/** "off" for dependants that are subscribed to and not reconciled. */
export type Intervals = OwnIntervals

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

/** The same, where dependants that pushes tell count by their list: its stamps show what was not pushed. */
export const noticedUnder = (
  planned: PlannedEvents,
  entities: ReadonlyArray<string>,
  boundSeconds: number,
  own: OwnIntervals
): ReadonlyMap<string, number> => {
  const told = new Set(toldDependants(planned))
  const untold = Object.fromEntries(
    Object.entries(own).filter(([entity, every]) => every === "off" || !told.has(entity))
  )
  return intervalsUnder(planned, entities, boundSeconds, untold)
}

export interface IntervalSearch {
  readonly planned: PlannedEvents
  readonly boundSeconds: number
  /** Types that are subscribed to though none of the pollers reads them. */
  readonly extra: ReadonlyArray<string>
  readonly cost: (replaced: ReadonlyArray<Candidate>, own: Intervals) => number
  readonly latency: PushLatency
}

/**
 * First each type at the longest interval at which every poller keeps its goals, should all its waiting types share it;
 * then single types longer, as far as the goals allow and calls are saved. `null` where no interval keeps them.
 */
export const intervalsFor = (
  replaced: ReadonlyArray<Candidate>,
  { boundSeconds, cost, extra, latency, planned }: IntervalSearch
): Intervals | null => {
  const types = withOwn(
    planned.provider,
    replaced.flatMap(({ one }) => entitiesOf(one.poller)),
    {}
  )
  const told = new Set(
    toldDependants(planned).filter((entity) => {
      const parent = planned.provider.sweeps[entity]?.parent?.entity
      return types.includes(entity) && parent !== undefined && types.includes(parent)
    })
  )
  const isWalked = (entity: string): boolean => planned.provider.sweeps[entity]?.parent?.which === "all"
  const upToBound = [...ladder.filter((seconds) => seconds < boundSeconds), boundSeconds]
  const steps = boundSeconds < walkSeconds && types.some(isWalked) ? [...upToBound, walkSeconds] : upToBound
  const stepOf = new Map(
    types
      .filter((entity) => !told.has(entity))
      .map((entity) => [entity, isWalked(entity) ? steps.length - 1 : upToBound.length - 1])
  )
  const slowest = new Map(stepOf)
  for (const { goals, waiting } of replaced) {
    const q = [...waiting.values()].reduce((sum, share) => sum + share, 0)
    for (const goal of goals) {
      const most = longestInterval(goal, q)
      const step = steps.findLastIndex((seconds) => seconds <= most)
      if (step === -1) return null
      for (const entity of waiting.keys()) {
        // What a told dependant lacks shows by its parent's stamp.
        const by = told.has(entity) ? planned.provider.sweeps[entity]!.parent!.entity : entity
        if (stepOf.has(by)) stepOf.set(by, Math.min(stepOf.get(by)!, step))
      }
    }
  }
  const fixed: Intervals = Object.fromEntries([
    ...[...told].map((entity) => [entity, Math.max(toldTurnSeconds, boundSeconds)] as const),
    ...extra.filter((entity) => !types.includes(entity)).map((entity) => [entity, "off"] as const)
  ])
  /** Dependants beneath all parents are read more seldom than their list unless an interval is set. */
  const ownOf = (): Intervals => ({
    ...Object.fromEntries(
      [...stepOf].flatMap(([entity, step]) =>
        steps[step] === boundSeconds && !isWalked(entity) ? [] : [[entity, steps[step]!]]
      )
    ),
    ...fixed
  })
  const isKept = (): boolean => {
    const intervals = noticedUnder(planned, types, boundSeconds, ownOf())
    return replaced.every(({ goals, waiting }) =>
      goals.every((goal) => keeps(goal, waitsUnder(waiting, intervals, boundSeconds), latency))
    )
  }
  if (!isKept()) return null
  let calls = cost(replaced, ownOf())
  for (let improved = true; improved; ) {
    improved = false
    for (const entity of stepOf.keys())
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
