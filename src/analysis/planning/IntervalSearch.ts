/**
 * Reconciliation intervals of the types that some pollers read: each as long as the pollers' goals and the healing
 * bound allow, and as cheap as that permits. Pure; spans in seconds.
 */
import { wholeWithinMs } from "../../policy/index.js"
import { toldDependants, withOwn } from "../../providers/index.js"
import { entitiesOf } from "../detection/DetectedPoller.js"
import type { Candidate, IntervalSearch, Intervals } from "./Candidate.js"
import { keeps, longestInterval, waitsUnder } from "./Freshness.js"
import { withBusyHours } from "./HourlySearch.js"
import { noticedUnder } from "./ScheduledIntervals.js"

/**
 * Intervals that a plan chooses from, in seconds: up to a quarter of an hour by half minutes; the healing bound
 * besides.
 */
const ladder = [
  ...Array.from({ length: 29 }, (_, half) => 60 + half * 30),
  ...[20, 25, 30, 40, 45, 60, 90, 120, 180, 240, 360, 720].map((minutes) => minutes * 60)
]

/**
 * Dependants that all parents have to be read for are read at least so often, though it be beyond the healing bound.
 */
const walkSeconds = wholeWithinMs / 1_000

/**
 * How often dependants that pushes tell are read beneath all that changed [assumed]: what a later change hides shows
 * then.
 */
export const toldTurnSeconds = 28 * 86_400

/**
 * First each type at the longest interval at which every poller keeps its goals, should all its waiting types share it;
 * then single types longer, as far as the goals allow and calls are saved; then lists by the hour. `null` where no
 * interval keeps the goals.
 */
export const intervalsFor = (replaced: ReadonlyArray<Candidate>, search: IntervalSearch): Intervals | null => {
  const { boundSeconds, cost, extra, hoursOf = () => null, latency, planned } = search
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
        // Changes of a told dependant that no push told show by its parent's stamp.
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
  const plainOf = (): Intervals => ({
    ...Object.fromEntries(
      [...stepOf].flatMap(([entity, step]) =>
        steps[step] === boundSeconds && !isWalked(entity) ? [] : [[entity, steps[step]!]]
      )
    ),
    ...fixed
  })
  const isKept = (own: Intervals, byHours = hoursOf): boolean => {
    const intervals = noticedUnder(planned, types, boundSeconds, own)
    return replaced.every(({ goals, waiting }) =>
      goals.every((goal) => keeps(goal, waitsUnder(waiting, intervals, boundSeconds, byHours), latency))
    )
  }
  if (!isKept(plainOf())) return null
  let calls = cost(replaced, plainOf())
  for (let improved = true; improved; ) {
    improved = false
    for (const entity of stepOf.keys())
      for (let step = slowest.get(entity)!; step > stepOf.get(entity)!; step--) {
        const before = stepOf.get(entity)!
        stepOf.set(entity, step)
        const now = isKept(plainOf()) ? cost(replaced, plainOf()) : Number.POSITIVE_INFINITY
        if (now < calls) {
          calls = now
          improved = true
          break
        }
        stepOf.set(entity, before)
      }
  }
  const plain = { own: plainOf(), types, steps: upToBound, isKept, cost: (own: Intervals) => cost(replaced, own) }
  return withBusyHours(replaced, plain, search)
}
