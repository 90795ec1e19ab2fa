/**
 * The calls of an account's webhook path, cost by cost, each with the pollers that it serves. A planner asks for the
 * same lists at the same intervals over and over: each is counted once. Pure.
 */
import {
  dependantsFor,
  dependantsThatTouch,
  type OwnIntervals,
  onlyBy,
  ownPushesOf,
  type PlannedEvents,
  type Provider,
  type Push,
  type Route,
  restrictTo,
  type SweptRoot,
  sendsThinEvents,
  sweepSchedule,
  withOwn
} from "../../providers/index.js"
import { entitiesOf } from "../detection/DetectedPoller.js"
import type { ChangeIndex, ObservedChange, ObservedEntities } from "../estimates/ObservedChanges.js"
import { pushTable } from "../estimates/ObservedCoverage.js"
import type { PollerEstimates } from "../estimates/PollerEstimates.js"
import { childrenCalls, type ForecastWindow, reconciliationCalls, sweepsIn, upkeepCalls } from "./Forecast.js"

/** How often the types of an account are reconciled, in seconds. */
export interface Schedule {
  readonly every: number
  /** Types with an interval of their own. */
  readonly own: OwnIntervals
}

export interface Charge {
  /** A list that is swept, the dependants beneath all of it, fetches, and care of the subscriptions. */
  readonly kind: "list" | "walk" | "hydration" | "upkeep"
  readonly calls: number
  readonly pollers: ReadonlyArray<PollerEstimates>
  /** Whether the calls grow with the changes; the others grow with time. */
  readonly withChanges: boolean
  /** Interval of the sweep that makes them, in seconds; `null` where no sweep does. */
  readonly every: number | null
}

/** The calls of a sweep's cost over a longer span in seconds: a window counts at least one whole sweep. */
export const callsOverSpan = ({ calls }: Charge, every: number, seconds: number, window: ForecastWindow): number =>
  (calls * Math.max(1, Math.ceil(seconds / every))) / sweepsIn(window, every)

export interface ChargeTable {
  /** Of these pollers of the account, replaced together. */
  readonly chargesOf: (
    replaced: ReadonlyArray<PollerEstimates>,
    planned: PlannedEvents,
    schedule: Schedule
  ) => ReadonlyArray<Charge>
  /** Moments of the changes of a type that each cost a hydration by a route. */
  readonly hydratedAt: (planned: PlannedEvents, route: Route, entity: string) => ReadonlyArray<number>
}

export const chargeTable = (account: string, index: ChangeIndex, window: ForecastWindow): ChargeTable => {
  const observed = (entity: string): ObservedEntities => index.observed(account, entity)
  const known = new Map<string, number>()
  const once = (key: string, count: () => number): number => {
    let calls = known.get(key)
    if (calls === undefined) {
      calls = count()
      known.set(key, calls)
    }
    return calls
  }
  const moments = new WeakMap<PlannedEvents, Map<string, ReadonlyArray<number>>>()
  const hydratedAt: ChargeTable["hydratedAt"] = (planned, route, entity) => {
    let byPlan = moments.get(planned)
    if (byPlan === undefined) {
      byPlan = new Map()
      moments.set(planned, byPlan)
    }
    const key = `${route} ${entity}`
    let at = byPlan.get(key)
    if (at === undefined) {
      const plan = restrictTo(onlyBy(planned, route), [entity])
      const pushFor = pushTable(plan)
      at = observed(entity).changes.flatMap((change) =>
        change.updatedAt >= window.from && mayBePushed(plan, pushFor(change), change) ? [change.updatedAt] : []
      )
      byPlan.set(key, at)
    }
    return at
  }

  const sweepsOf = (
    replaced: ReadonlyArray<PollerEstimates>,
    provider: Provider,
    swept: SweptRoot
  ): ReadonlyArray<Charge> => {
    const { every, root, wanted } = swept
    const walks = walksOf(provider, swept)
    const asking = servedBy(provider, replaced, wanted)
    const list: Charge = {
      kind: "list",
      calls: once(`${root} ${every} ${walks}`, () =>
        reconciliationCalls(provider, root, observed(root), window, every, walks)
      ),
      pollers: asking,
      withChanges: false,
      every
    }
    const beneath = dependantsFor(provider, wanted).map((child): Charge => {
      // Reading beneath all parents searches for losses; beneath changed parents it fetches what the events lack.
      const all = provider.sweeps[child]?.parent?.which === "all"
      const span = all ? every : (swept.slower[child] ?? every)
      const turns = walksFor(provider, swept, child)
      return {
        kind: all ? "walk" : "hydration",
        calls: once(`beneath ${child} ${span} ${turns}`, () =>
          childrenCalls(provider, child, observed, window, span, turns)
        ),
        pollers: servedBy(provider, replaced, [child]),
        withChanges: !all,
        every: all ? every : null
      }
    })
    return [list, ...beneath]
  }

  return {
    hydratedAt,
    chargesOf: (replaced, planned, { every, own }) => {
      const { provider, routes } = planned
      const asked = [...new Set(replaced.flatMap(({ poller }) => entitiesOf(poller)))]
      const sweeps = sweepSchedule(provider, withOwn(provider, asked, own), every, own).flatMap((swept) =>
        sweepsOf(replaced, provider, swept)
      )
      // Each thin delivery has its entity fetched, also where another route has told of the change as well.
      const hydrations = routes
        .filter((route) => sendsThinEvents(provider, route))
        .flatMap((route) =>
          asked.map(
            (entity): Charge => ({
              kind: "hydration",
              calls: hydratedAt(planned, route, entity).length,
              pollers: wanting(replaced, entity),
              withChanges: true,
              every: null
            })
          )
        )
      const upkeep: Charge = {
        kind: "upkeep",
        calls: routes.reduce((sum, route) => sum + upkeepCalls(route, window), 0),
        pollers: replaced,
        withChanges: false,
        every: null
      }
      return [...sweeps, ...hydrations, upkeep]
    }
  }
}

/** Pollers that read the type. */
const wanting = (replaced: ReadonlyArray<PollerEstimates>, entity: string): ReadonlyArray<PollerEstimates> =>
  replaced.filter(({ poller }) => entitiesOf(poller).includes(entity))

/** Pollers that read any of the types, or what they are beneath; all of them where a setting alone asks for it. */
const servedBy = (
  provider: Provider,
  replaced: ReadonlyArray<PollerEstimates>,
  entities: ReadonlyArray<string>
): ReadonlyArray<PollerEstimates> => {
  const asking = replaced.filter(({ poller }) => entitiesOf(poller).some((entity) => entities.includes(entity)))
  if (asking.length > 0) return asking
  const above = entities.flatMap((entity) => provider.sweeps[entity]?.parent?.entity ?? [])
  return above.length > 0 ? servedBy(provider, replaced, above) : replaced
}

/**
 * Whether the change may cost a hydration. A stamp that a dependant may have moved counts where the entity's own event
 * tells of that; the dependant's event counts by itself.
 */
const mayBePushed = (plan: PlannedEvents, push: Push, change: ObservedChange): boolean => {
  if (push.kind !== "unknown") return ownPushesOf(push, change.entity).length > 0
  if (change.changed === null) return true
  return dependantsThatTouch(plan.provider, change.entity).length === 0
}

/** The n of "each n-th sweep of the list" in which these dependants of all parents are read. */
const walksFor = (provider: Provider, { every, slower, walks, wanted }: SweptRoot, child: string): number => {
  const apart = wanted.flatMap((entity) =>
    slower[entity] !== undefined && (entity === child || dependantsFor(provider, [entity]).includes(child))
      ? [Math.max(1, Math.round(slower[entity] / every))]
      : []
  )
  return Math.min(...apart, walks ?? (apart.length === 0 ? 1 : Number.POSITIVE_INFINITY))
}

/** The n of "each n-th sweep" in which dependants need the whole list; `null` for never. */
const walksOf = (provider: Provider, swept: SweptRoot): number | null => {
  const walked = swept.wanted.filter((entity) => provider.sweeps[entity]?.parent?.which === "all")
  return walked.length === 0 ? null : Math.min(...walked.map((entity) => walksFor(provider, swept, entity)))
}
