/**
 * The calls of an account's webhook path, cost by cost, each with the pollers that it serves. A planner asks for the
 * same lists at the same intervals over and over: each is counted once. Pure.
 */
import { getOrMake } from "../../domain/Grouping.js"
import { type PushEvidence, reckonedLoss } from "../../domain/PushEvidence.js"
import { meanInterval, type SweepInterval } from "../../domain/SweepInterval.js"
import {
  dependantsFor,
  dependantsThatTouch,
  type OwnIntervals,
  onlyBy,
  ownPushesOf,
  type PlannedEvents,
  type Provider,
  type Route,
  restrictTo,
  type SweptRoot,
  sendsThinEvents,
  sweepSchedule,
  toldDependants,
  withOwn
} from "../../providers/index.js"
import { entitiesOf } from "../detection/DetectedPoller.js"
import type { ChangeIndex, ObservedChange, ObservedEntities } from "../estimates/ObservedChanges.js"
import { pushTable } from "../estimates/ObservedCoverage.js"
import type { PollerEstimates } from "../estimates/PollerEstimates.js"
import { type AssumedFaults, noAssumedFaults } from "./AssumedFaults.js"
import {
  childrenCalls,
  type ForecastWindow,
  reconciliationCalls,
  sweepsIn,
  type ToldCalls,
  toldCalls,
  upkeepCalls
} from "./Forecast.js"

/** How often the types of an account are reconciled, in seconds. */
export interface Schedule {
  readonly every: number
  /** Types with an interval of their own. */
  readonly own: OwnIntervals
}

export interface Charge {
  /** A list that is swept, the dependants beneath all of it, fetches, and care of the subscriptions. */
  readonly kind: "list" | "walk" | "hydration" | "upkeep"
  /** The type whose list is swept; absent for other kinds. */
  readonly listed?: string
  readonly calls: number
  /** Credits of the rate limit beyond the calls: a list that is asked for what tells of dependants costs more. */
  readonly extraCredits?: number
  readonly pollers: ReadonlyArray<PollerEstimates>
  /** Of `calls`: the share of readings that come more seldom than the window is long. */
  readonly seldom?: number
  /** In each which of these sweeps it makes its calls; 1 unless said. */
  readonly turns?: number
  /** Whether the calls grow with the changes; the others grow with time. */
  readonly withChanges: boolean
  /** Interval of the sweep that makes them, in seconds; `null` where no sweep does. */
  readonly every: SweepInterval | null
}

/** The calls of a sweep's cost over a longer span in seconds: a window counts at least one whole sweep. */
export const callsOverSpan = (
  { calls }: Charge,
  every: SweepInterval,
  seconds: number,
  window: ForecastWindow
): number => (calls * Math.max(1, Math.ceil(seconds / meanInterval(every)))) / sweepsIn(window, every)

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

export const chargeTable = (
  account: string,
  index: ChangeIndex,
  window: ForecastWindow,
  evidence: PushEvidence | undefined,
  faults: AssumedFaults = noAssumedFaults
): ChargeTable => {
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
  const tables = new WeakMap<PlannedEvents, PlanTable>()
  const tableOf = (planned: PlannedEvents): PlanTable => {
    let table = tables.get(planned)
    if (table === undefined) {
      const pushFor = pushTable(planned)
      table = {
        told: new Set(toldDependants(planned)),
        explains: (change) => change.changed === null || pushFor(change).kind === "pushed",
        toldCalls: new Map(),
        hydrated: new Map()
      }
      tables.set(planned, table)
    }
    return table
  }
  const hydratedAt: ChargeTable["hydratedAt"] = (planned, route, entity) =>
    getOrMake(tableOf(planned).hydrated, `${route} ${entity}`, () =>
      momentsPushed(
        restrictTo(onlyBy(planned, route), [entity]),
        observed(entity).changes.filter(({ updatedAt }) => updatedAt >= window.from)
      )
    )

  const sweepsOf = (
    replaced: ReadonlyArray<PollerEstimates>,
    planned: PlannedEvents,
    swept: SweptRoot
  ): ReadonlyArray<Charge> => {
    const { provider } = planned
    const { every, root, slower, wanted } = swept
    const { explains, told, toldCalls: known } = tableOf(planned)
    const walks = walksOf(provider, swept)
    const asking = servedBy(provider, replaced, wanted)
    const isWanted = wanted.includes(root)
    const calls = once(`${root} ${JSON.stringify(every)} ${walks} ${isWanted}`, () =>
      reconciliationCalls(provider, root, observed(root), window, every, walks, isWanted, faults)
    )
    const list: Charge = {
      kind: "list",
      listed: root,
      calls,
      extraCredits: dependantsFor(provider, wanted).some((child) => told.has(child) && slower[child] !== undefined)
        ? tellingCredits(provider, root, calls, sweepsIn(window, every))
        : 0,
      pollers: asking,
      withChanges: false,
      every
    }
    const beneath = dependantsFor(provider, wanted).map((child): Charge => {
      // Reading beneath all parents searches for losses; beneath changed parents it fetches what the events lack.
      const all = provider.sweeps[child]?.parent?.which === "all"
      const turn = slower[child]
      const span = all ? every : (turn ?? every)
      const turns = walksFor(provider, swept, child)
      const parent = provider.sweeps[child]?.parent?.entity ?? root
      const { calls, seldom } =
        turn !== undefined && told.has(child) && wanted.includes(parent)
          ? getOrMake(known, `${child} ${JSON.stringify(every)} ${turn}`, () =>
              toldCalls(
                observed(parent),
                window,
                every,
                turn,
                explains,
                Math.max(reckonedLoss(evidence, parent), reckonedLoss(evidence, child), faults.drop),
                faults
              )
            )
          : {
              calls: once(`beneath ${child} ${JSON.stringify(span)} ${turns}`, () =>
                childrenCalls(provider, child, observed, window, span, turns, faults)
              ),
              seldom: 0
            }
      return {
        kind: all ? "walk" : "hydration",
        calls,
        seldom,
        turns: all ? turns : 1,
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
        sweepsOf(replaced, planned, swept)
      )
      // Each thin delivery has its entity fetched, also where another route has told of the change as well.
      const hydrations = routes
        .filter((route) => sendsThinEvents(provider, route))
        .flatMap((route) =>
          pushedTypes(replaced, planned, own).map(
            (entity): Charge => ({
              kind: "hydration",
              calls: hydratedAt(planned, route, entity).length,
              pollers: servedBy(provider, replaced, [entity]),
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

/** Credits beyond the calls of a list that tells of dependants: the first sweep and the hidden lists ask for none. */
const tellingCredits = (provider: Provider, root: string, calls: number, sweeps: number): number => {
  const rule = provider.sweeps[root]
  if (rule?.tells === undefined) return 0
  const hidden = rule.hidden.length * (sweeps - 1)
  return Math.round(((calls - hidden) * (sweeps - 1)) / sweeps) * provider.embedCost.list
}

/** Facts that follow from the events of a plan. */
interface PlanTable {
  /** Dependants that its events tell. */
  readonly told: ReadonlySet<string>
  readonly explains: (change: ObservedChange) => boolean
  readonly toldCalls: Map<string, ToldCalls>
  readonly hydrated: Map<string, ReadonlyArray<number>>
}

/** Types whose events are subscribed to: those that the pollers read, and those that are reconciled besides. */
export const pushedTypes = (
  replaced: ReadonlyArray<PollerEstimates>,
  { provider }: PlannedEvents,
  own: OwnIntervals
): ReadonlyArray<string> => {
  const asked = replaced.flatMap(({ poller }) => entitiesOf(poller))
  return [...new Set([...asked, ...withOwn(provider, [], own)])]
}

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
 * Moments of the changes that cost a hydration by the one route of a plan. A stamp that a dependant may have moved
 * counts where the entity's own event tells of that; the dependant's event counts by itself. Entities that were not
 * seen before are taken to change in the fields in which the others do.
 */
const momentsPushed = (plan: PlannedEvents, changes: ReadonlyArray<ObservedChange>): ReadonlyArray<number> => {
  if (plan.events.size === 0) return []
  const pushFor = pushTable(plan)
  const isPushed = (change: ObservedChange): boolean => {
    const push = pushFor(change)
    if (push.kind !== "unknown") return ownPushesOf(push, change.entity).length > 0
    return dependantsThatTouch(plan.provider, change.entity).length === 0
  }
  const known = changes.filter(({ action, changed }) => action === "update" && changed !== null)
  const share = known.length === 0 ? 1 : known.filter(isPushed).length / known.length
  let due = 0
  return changes.flatMap((change) => {
    if (change.changed === null && pushFor(change).kind === "unknown") {
      due += share
      if (due < 1) return []
      due -= 1
      return [change.updatedAt]
    }
    return isPushed(change) ? [change.updatedAt] : []
  })
}

/** The n of "each n-th sweep of the list" in which these dependants of all parents are read. */
const walksFor = (provider: Provider, { every, slower, walks, wanted }: SweptRoot, child: string): number => {
  const apart = wanted.flatMap((entity) =>
    slower[entity] !== undefined && (entity === child || dependantsFor(provider, [entity]).includes(child))
      ? [Math.max(1, Math.round(slower[entity] / meanInterval(every)))]
      : []
  )
  return Math.min(...apart, walks ?? (apart.length === 0 ? 1 : Number.POSITIVE_INFINITY))
}

/** The n of "each n-th sweep" in which dependants need the whole list; `null` for never. */
const walksOf = (provider: Provider, swept: SweptRoot): number | null => {
  const walked = swept.wanted.filter((entity) => provider.sweeps[entity]?.parent?.which === "all")
  return walked.length === 0 ? null : Math.min(...walked.map((entity) => walksFor(provider, swept, entity)))
}
