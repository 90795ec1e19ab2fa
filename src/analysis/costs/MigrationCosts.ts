/** Calls of an account's webhook path, and each poller's share of them. Pure. */
import { type EndpointName, endpointName } from "../../domain/Endpoint.js"
import { isShared, type PlannedEvents, type Provider, type Route, sendsThinEvents } from "../../providers/index.js"
import type { PollerEstimates } from "../estimates/PollerEstimates.js"
import { type Charge, type ChargeTable, callsOverSpan, pushedTypes, type Schedule } from "./Charges.js"
import { type ForecastWindow, splitEvenly, sweepsIn } from "./Forecast.js"
import type { RemainingCalls } from "./Headroom.js"

export interface MigrationCosts {
  readonly routes: ReadonlyArray<Route>
  readonly reconciliation: number
  readonly hydration: number
  readonly upkeep: number
  /** Calls that are the share of readings which come more seldom than the window is long. */
  readonly seldom: number
  /** Credits of the rate limit beyond its calls. */
  readonly extraCredits: number
  /** Calls of reconciliation over a longer span, in seconds, by the intervals of its sweeps. */
  readonly reconciliationOver: (seconds: number) => number
  /** When they are made, for the rate-limit headroom. */
  readonly remaining: RemainingCalls
  /** The share of one poller. */
  readonly share: (one: PollerEstimates) => CostShare
}

export interface CostShare {
  readonly calls: number
  /** Of these: calls that grow with the changes; the others grow with time. */
  readonly withChanges: number
}

const none: CostShare = { calls: 0, withChanges: 0 }

/** Of these pollers of one account, replaced together. A cost is shared evenly among the pollers that it serves. */
export const migrationCosts = (
  replaced: ReadonlyArray<PollerEstimates>,
  planned: PlannedEvents | null,
  table: ChargeTable,
  schedule: Schedule,
  window: ForecastWindow
): MigrationCosts => {
  const charges = planned === null || replaced.length === 0 ? [] : table.chargesOf(replaced, planned, schedule)
  const shares = new Map<string, CostShare>()
  for (const { calls, pollers, withChanges } of charges)
    splitEvenly(calls, pollers.length).forEach((part, place) => {
      const { id } = pollers[place]!.poller
      const before = shares.get(id) ?? none
      shares.set(id, {
        calls: before.calls + part,
        withChanges: before.withChanges + (withChanges ? part : 0)
      })
    })
  const sumOf = (kind: Charge["kind"]): number =>
    charges.reduce((sum, charge) => sum + (charge.kind === kind ? charge.calls : 0), 0)
  return {
    routes: planned?.routes ?? [],
    reconciliation: sumOf("list") + sumOf("walk"),
    hydration: sumOf("hydration"),
    upkeep: sumOf("upkeep"),
    seldom: charges.reduce((sum, { seldom = 0 }) => sum + seldom, 0),
    extraCredits: charges.reduce((sum, { extraCredits = 0 }) => sum + extraCredits, 0),
    reconciliationOver: (seconds) =>
      charges.reduce(
        (sum, charge) => sum + (charge.every === null ? 0 : callsOverSpan(charge, charge.every, seconds, window)),
        0
      ),
    remaining:
      planned === null
        ? noCalls
        : remainingOf(pushedTypes(replaced, planned, schedule.own), planned, table, charges, window),
    share: ({ poller }) => shares.get(poller.id) ?? none
  }
}

const noCalls: RemainingCalls = { sweeps: [], hydrations: [], countedPushes: [] }

const remainingOf = (
  pushed: ReadonlyArray<string>,
  planned: PlannedEvents,
  table: ChargeTable,
  charges: ReadonlyArray<Charge>,
  window: ForecastWindow
): RemainingCalls => {
  const { provider, routes } = planned
  const sweeps = charges.flatMap(({ calls, every, kind, listed, turns = 1 }) => {
    if ((kind !== "list" && kind !== "walk") || every === null || !Number.isFinite(turns)) return []
    const times = Math.max(1, Math.ceil(sweepsIn(window, every) / turns))
    const endpoint = listed === undefined ? null : endpointFor(provider, "list", listed)
    return [{ every, turns, calls: Math.ceil(calls / times), endpoint }]
  })
  const thin = routes.filter((route) => sendsThinEvents(provider, route))
  const hydratedBy = (some: ReadonlyArray<Route>): RemainingCalls["hydrations"] =>
    pushed.map((entity) => ({
      endpoint: endpointFor(provider, "item", entity),
      at: some.flatMap((route) => table.hydratedAt(planned, route, entity))
    }))
  return {
    sweeps,
    hydrations: hydratedBy(thin),
    countedPushes: hydratedBy(thin.filter((route) => isShared(provider.allowances[route]))).flatMap(({ at }) => at)
  }
}

/** By which a type is listed, or one of it read. */
const endpointFor = ({ endpoints }: Provider, kind: "list" | "item", entity: string): EndpointName | null => {
  const found = endpoints.find((one) => one.method === "GET" && one.kind === kind && one.entity === entity)
  return found === undefined ? null : endpointName(found.method, found.template)
}
