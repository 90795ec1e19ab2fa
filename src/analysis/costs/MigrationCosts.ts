/** Calls of the webhook path by account, and each poller's share of them. Pure. */
import { groupBy } from "../../domain/Grouping.js"
import {
  dependantsFor,
  dependantsThatTouch,
  isShared,
  ownPushesOf,
  type PlannedEvents,
  type Provider,
  plannedFor,
  pushOf,
  type Route,
  type SweptRoot,
  sendsThinEvents,
  sweepSchedule
} from "../../providers/index.js"
import { entitiesOf } from "../detection/DetectedPoller.js"
import type { ChangeIndex, ObservedChange } from "../estimates/ObservedChanges.js"
import type { PollerEstimates } from "../estimates/PollerEstimates.js"
import type { AnalysisSettings } from "../Settings.js"
import { childrenCalls, reconciliationCalls, splitEvenly, sweepsIn, upkeepCalls } from "./Forecast.js"
import type { RemainingCalls } from "./Headroom.js"
import { reconciledFor } from "./ReconciledEntities.js"

interface AccountMigration {
  readonly routes: ReadonlyArray<Route>
  readonly reconciliation: number
  readonly hydration: number
  readonly upkeep: number
}

export interface MigrationCosts {
  readonly byAccount: ReadonlyMap<string, AccountMigration>
  /** When they are made, for the rate-limit headroom. */
  readonly remaining: ReadonlyMap<string, RemainingCalls>
  /** The share of one poller. */
  readonly share: (one: PollerEstimates) => CostShare
}

export interface CostShare {
  readonly calls: number
  /** Of these: calls that grow with the changes; the others grow with time. */
  readonly withChanges: number
}

const none: CostShare = { calls: 0, withChanges: 0 }

/** A cost is shared evenly among the pollers that it serves. */
export const migrationCosts = (
  migrating: ReadonlyArray<PollerEstimates>,
  index: ChangeIndex,
  settings: AnalysisSettings
): MigrationCosts => {
  const shares = new Map<string, CostShare>()
  const charge = (pollers: ReadonlyArray<PollerEstimates>, calls: number, withChanges = false) => {
    if (pollers.length === 0) return
    splitEvenly(calls, pollers.length).forEach((part, place) => {
      const { id } = pollers[place]!.poller
      const before = shares.get(id) ?? none
      shares.set(id, {
        calls: before.calls + part,
        withChanges: before.withChanges + (withChanges ? part : 0)
      })
    })
  }
  const byAccount = new Map<string, AccountMigration>()
  const remaining = new Map<string, RemainingCalls>()
  for (const [account, here] of groupBy(migrating, ({ poller }) => poller.stream.account)) {
    const provider = here[0]!.poller.provider
    if (provider === null) continue
    const { routes } = here[0]!
    let reconciliation = 0
    let hydration = 0
    let perSweep = 0
    const pushedAt: Array<number> = []
    const countedPushes: Array<number> = []
    const observed = (entity: string) => index.observed(account, entity)
    const wanting = (entity: string) => here.filter(({ poller }) => entitiesOf(poller).includes(entity))
    const asked = [...new Set(here.flatMap(({ poller }) => entitiesOf(poller)))]
    const own = settings.reconcile?.[account]?.own ?? {}
    for (const swept of sweepSchedule(provider, reconciledFor(here, settings), settings.reconcileSeconds, own)) {
      const { every, root, wanted } = swept
      const walks = walksOf(provider, swept)
      const calls = reconciliationCalls(provider, root, observed(root), settings.window, every, walks)
      reconciliation += calls
      perSweep += Math.ceil(calls / sweepsIn(settings.window, every))
      const asking = here.filter(({ poller }) => entitiesOf(poller).some((entity) => wanted.includes(entity)))
      charge(asking.length > 0 ? asking : here, calls)
      for (const child of dependantsFor(provider, wanted)) {
        const all = provider.sweeps[child]?.parent?.which === "all"
        const read = childrenCalls(
          provider,
          child,
          observed,
          settings.window,
          all ? every : (swept.slower[child] ?? every),
          walksFor(provider, swept, child)
        )
        // Reading beneath all parents searches for losses; beneath changed parents it fetches what the events lack.
        if (all) reconciliation += read
        else hydration += read
        charge(wanting(child).length > 0 ? wanting(child) : here, read, !all)
      }
    }
    // Each thin delivery has its entity fetched, also where another route has told of the change as well.
    for (const route of routes.filter((one) => sendsThinEvents(provider, one))) {
      const plan = plannedFor(provider, [route], asked)
      for (const entity of asked) {
        const fetched = observed(entity).changes.filter(
          (change) => change.updatedAt >= settings.window.from && mayBePushed(plan, change)
        )
        for (const change of fetched) {
          pushedAt.push(change.updatedAt)
          if (isShared(provider.allowances[route])) countedPushes.push(change.updatedAt)
        }
        hydration += fetched.length
        charge(wanting(entity), fetched.length, true)
      }
    }
    const upkeep = routes.reduce((sum, route) => sum + upkeepCalls(route, settings.window), 0)
    charge(here, upkeep)
    remaining.set(account, { perSweep, pushedAt, countedPushes })
    byAccount.set(account, { routes, reconciliation, hydration, upkeep })
  }
  return { byAccount, remaining, share: ({ poller }) => shares.get(poller.id) ?? none }
}

/**
 * Whether the change may cost a hydration. A stamp that a dependant may have moved counts where the entity's own event
 * tells of that; the dependant's event counts by itself.
 */
const mayBePushed = (plan: PlannedEvents, change: ObservedChange): boolean => {
  const push = pushOf(plan, change)
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
