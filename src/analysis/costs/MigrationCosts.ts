/** What webhooks would still call, account by account, and each poller's part of it. Pure. */
import { groupBy } from "../../domain/Grouping.js"
import { dependantsFor, type Route, rootsOf, tellsIdOnly, walksEvery } from "../../providers/index.js"
import { type ChangeIndex, pushOf } from "../estimates/Changes.js"
import { type AnalysisSettings, type Examined, entitiesOf } from "../Settings.js"
import { childrenCalls, reconciliationCalls, splitEvenly, sweepsIn, upkeepCalls } from "./Forecast.js"
import type { RemainingCalls } from "./Headroom.js"

interface AccountMigration {
  readonly route: Route
  readonly reconciliation: number
  readonly hydration: number
  readonly upkeep: number
}

export interface MigrationCosts {
  readonly byAccount: ReadonlyMap<string, AccountMigration>
  /** When they are made, for the busiest minutes. */
  readonly remaining: ReadonlyMap<string, RemainingCalls>
  /** A poller's part of them all. */
  readonly share: (one: Examined) => CostShare
}

export interface CostShare {
  readonly calls: number
  /** Of these: they come with the changes, and the others with time. */
  readonly withChanges: number
}

const none: CostShare = { calls: 0, withChanges: 0 }

/** What webhooks for these pollers would still call, shared evenly among the pollers that a cost serves. */
export const migrationCosts = (
  movers: ReadonlyArray<Examined>,
  index: ChangeIndex,
  settings: AnalysisSettings
): MigrationCosts => {
  const shares = new Map<string, CostShare>()
  const charge = (pollers: ReadonlyArray<Examined>, calls: number, withChanges = false) => {
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
  const sweeps = sweepsIn(settings.window, settings.reconcileSeconds)
  for (const [account, here] of groupBy(movers, ({ poller }) => poller.stream.account)) {
    const provider = here[0]!.poller.provider
    if (provider === null) continue
    const route = here[0]!.route
    let reconciliation = 0
    let hydration = 0
    let perSweep = 0
    const pushedAt: Array<number> = []
    const observed = (entity: string) => index.observed(account, entity)
    const wanting = (entity: string) => here.filter(({ poller }) => entitiesOf(poller).includes(entity))
    const wanted = [...new Set(here.flatMap(({ poller }) => entitiesOf(poller)))]
    for (const root of rootsOf(provider, wanted)) {
      const beneath = wanted.filter((entity) => rootsOf(provider, [entity]).includes(root))
      const calls = reconciliationCalls(
        provider,
        root,
        observed(root),
        settings.window,
        settings.reconcileSeconds,
        walksEvery(provider, beneath)
      )
      reconciliation += calls
      perSweep += Math.ceil(calls / sweeps)
      charge(
        here.filter(({ poller }) => entitiesOf(poller).some((entity) => beneath.includes(entity))),
        calls
      )
    }
    for (const child of dependantsFor(provider, wanted)) {
      const calls = childrenCalls(provider, child, observed, settings.window, settings.reconcileSeconds)
      // Walking all parents is a search for what was lost; reading those that changed fetches what the event lacked.
      const walks = provider.sweeps[child]?.parent?.which === "all"
      if (walks) reconciliation += calls
      else hydration += calls
      charge(wanting(child).length > 0 ? wanting(child) : here, calls, !walks)
    }
    if (tellsIdOnly(provider, route)) {
      for (const entity of wanted) {
        const fetched = observed(entity).changes.filter(
          (change) => change.updatedAt >= settings.window.from && pushOf(provider, route, change)?.pushed === true
        )
        for (const change of fetched) pushedAt.push(change.updatedAt)
        hydration += fetched.length
        charge(wanting(entity), fetched.length, true)
      }
    }
    const upkeep = upkeepCalls(route, settings.window)
    charge(here, upkeep)
    remaining.set(account, { perSweep, pushedAt })
    byAccount.set(account, { route, reconciliation, hydration, upkeep })
  }
  return { byAccount, remaining, share: ({ poller }) => shares.get(poller.id) ?? none }
}
