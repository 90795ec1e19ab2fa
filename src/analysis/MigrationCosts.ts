/** What webhooks would still call, account by account, and each poller's part of it. Pure. */
import { groupBy } from "../domain/Grouping.js"
import { type Provider, type Route, rootsOf, tellsIdOnly } from "../providers/index.js"
import { type ChangeIndex, pushOf } from "./Changes.js"
import { type AnalysisSettings, type Examined, entitiesOf } from "./Examined.js"
import { childrenCalls, type Observed, reconciliationCalls, splitEvenly, upkeepCalls } from "./Forecast.js"

interface AccountMigration {
  readonly route: Route
  readonly reconciliation: number
  readonly hydration: number
  readonly upkeep: number
}

export interface MigrationCosts {
  readonly byAccount: ReadonlyMap<string, AccountMigration>
  /** Calls of one reconciliation round, for the peak minute. */
  readonly perSweep: ReadonlyMap<string, number>
  /** A poller's part of them all. */
  readonly share: (one: Examined) => number
}

/** What webhooks for these pollers would still call, shared evenly among the pollers that a cost serves. */
export const migrationCosts = (
  movers: ReadonlyArray<Examined>,
  index: ChangeIndex,
  settings: AnalysisSettings
): MigrationCosts => {
  const shares = new Map<string, number>()
  const charge = (pollers: ReadonlyArray<Examined>, calls: number) => {
    if (pollers.length === 0) return
    splitEvenly(calls, pollers.length).forEach((part, place) => {
      const { id } = pollers[place]!.poller
      shares.set(id, (shares.get(id) ?? 0) + part)
    })
  }
  const byAccount = new Map<string, AccountMigration>()
  const perSweep = new Map<string, number>()
  const sweeps = Math.max(
    1,
    Math.ceil((settings.window.to - settings.window.from) / (settings.reconcileSeconds * 1000))
  )
  for (const [account, here] of groupBy(movers, ({ poller }) => poller.stream.account)) {
    const provider = here[0]!.poller.provider
    if (provider === null) continue
    const route = here[0]!.route
    let reconciliation = 0
    let hydration = 0
    const observed = observedOn(account, index)
    const wanting = (entity: string) => here.filter(({ poller }) => entitiesOf(poller).includes(entity))
    const wanted = [...new Set(here.flatMap(({ poller }) => entitiesOf(poller)))]
    for (const root of rootsOf(provider, wanted)) {
      const beneath = wanted.filter((entity) => rootsOf(provider, [entity]).includes(root))
      const walks = beneath.flatMap((entity) => {
        const parent = provider.sweeps[entity]?.parent
        return parent?.which === "all" ? [parent.every] : []
      })
      const calls = reconciliationCalls(
        provider,
        root,
        observed(root),
        settings.window,
        settings.reconcileSeconds,
        walks.length === 0 ? null : Math.min(...walks)
      )
      reconciliation += calls
      perSweep.set(account, (perSweep.get(account) ?? 0) + Math.ceil(calls / sweeps))
      charge(
        here.filter(({ poller }) => entitiesOf(poller).some((entity) => beneath.includes(entity))),
        calls
      )
    }
    for (const child of childTypesOf(provider, wanted)) {
      const calls = childrenCalls(provider, child, observed, settings.window, settings.reconcileSeconds)
      // Walking all parents is a search for what was lost; reading those that changed fetches what the event lacked.
      if (provider.sweeps[child]?.parent?.which === "all") reconciliation += calls
      else hydration += calls
      charge(wanting(child).length > 0 ? wanting(child) : here, calls)
    }
    if (tellsIdOnly(provider, route)) {
      for (const entity of wanted) {
        const fetched = observed(entity).changes.filter(
          (change) => change.updatedAt >= settings.window.from && pushOf(provider, route, change)?.pushed === true
        ).length
        hydration += fetched
        charge(wanting(entity), fetched)
      }
    }
    const upkeep = upkeepCalls(route, settings.window)
    charge(here, upkeep)
    byAccount.set(account, { route, reconciliation, hydration, upkeep })
  }
  return { byAccount, perSweep, share: ({ poller }) => shares.get(poller.id) ?? 0 }
}

/** The dependants that have to be read, and those on the way to them. */
const childTypesOf = (provider: Provider, wanted: ReadonlyArray<string>): ReadonlyArray<string> => {
  const types = new Set<string>()
  for (const entity of wanted) {
    for (let at = entity; provider.sweeps[at]?.parent !== undefined; at = provider.sweeps[at]!.parent!.entity)
      types.add(at)
  }
  return [...types].sort()
}

export const observedOn = (account: string, index: ChangeIndex): ((entity: string) => Observed) => {
  const byEntity = new Map<string, Observed>()
  return (entity) => {
    let known = byEntity.get(entity)
    if (known === undefined) {
      const prefix = `${account} ${entity} `
      const changes = [...index].filter(([key]) => key.startsWith(prefix)).map(([, change]) => change)
      known = { entities: new Set(changes.map((change) => change.entityId)).size, changes }
      byEntity.set(entity, known)
    }
    return known
  }
}
