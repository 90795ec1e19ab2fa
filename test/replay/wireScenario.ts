/** Random small days of an account that both drivers can play: product, route, a script for the stand-in, pollers, faults. */

import type { ObservedChange } from "../../src/analysis/estimates/ObservedChanges.js"
import { eventPlanOf } from "../../src/analysis/planning/EventPlan.js"
import type { SimulatedAccount } from "../../src/demo/SimulatedAccounts.js"
import type { AccountScript } from "../../src/domain/AccountScript.js"
import {
  type PlanLimits,
  type PlannedEvents,
  type Provider,
  plannedFor,
  providerOf
} from "../../src/providers/index.js"
import { type Draw, type PollerSpec, randomStreams } from "../../src/replay/index.js"
import type { SimulatedProductName } from "../../src/simulator/index.js"
import { type WireId, type WireProduct, type WireType, wireProducts } from "./wireProducts.js"

/** What the program `test/accuracy/programs/poller.mjs` is told, and the same for the model. */
export interface WirePoller {
  readonly name: string
  readonly program: Readonly<Record<string, unknown>>
  readonly spec: PollerSpec
}

export interface WireScenario {
  readonly seed: number
  readonly provider: Provider
  readonly account: SimulatedAccount
  readonly script: AccountScript
  readonly from: number
  readonly to: number
  readonly stampMs: number
  readonly entities: ReadonlyArray<string>
  readonly planned: PlannedEvents
  /** What the receiver may call; `null`: more than it ever does. */
  readonly limits: PlanLimits | null
  readonly pollers: ReadonlyArray<WirePoller>
  readonly reconcileSeconds: number
  /** Entity types with an interval of their own, in seconds. */
  readonly own: Readonly<Record<string, number>>
  readonly faults: {
    readonly drop: number
    readonly duplicate: number
    readonly reorder: number
    readonly delay: number
    readonly outageSeconds: number
    readonly outageAfterSeconds: number
  }
}

const start = Date.parse("2026-03-02T08:00:00Z")
const minute = 60_000

const dice = (draw: Draw) => ({
  yes: (chance: number): boolean => draw() < chance,
  whole: (low: number, high: number): number => low + Math.floor(draw() * (high - low + 1)),
  one: <A>(values: ReadonlyArray<A>): A => values[Math.floor(draw() * values.length)]!
})

/** The parent's id where there is one to be beneath, and nothing where it needs none. */
const beneath = (
  { parent }: WireType,
  alive: ReadonlyMap<string, ReadonlyArray<WireId>>,
  one: <A>(values: ReadonlyArray<A>) => A
): Readonly<Record<string, WireId>> | null => {
  if (parent === undefined) return {}
  const parents = alive.get(parent.entity) ?? []
  return parents.length === 0 ? null : { [parent.field]: one(parents) }
}

const scriptOf = (draw: Draw, types: ReadonlyArray<WireType>, hours: number): AccountScript => {
  const { one, whole, yes } = dice(draw)
  const alive = new Map<string, ReadonlyArray<WireId>>()
  const made = new Map<string, number>()
  const make = ({ entity, idOf }: WireType): WireId => {
    const n = made.get(entity) ?? 0
    made.set(entity, n + 1)
    const id = idOf(n)
    alive.set(entity, [...(alive.get(entity) ?? []), id])
    return id
  }
  // A push that lacks a field says nothing of it; every field that changes later is there from the start.
  const fieldsOf = (type: (typeof types)[number], id: string) => ({
    ...type.pushed("none"),
    ...type.fields(`${type.entity} ${id}`)
  })
  const entities = types.flatMap((type) =>
    Array.from({ length: type.most === 0 ? 0 : whole(2, type.most) }, () => {
      const above = beneath(type, alive, one)!
      const id = make(type)
      const fields = { ...fieldsOf(type, String(id)), ...above }
      return { entity: type.entity, id, at: start - whole(90, 20_000) * minute, fields }
    })
  )
  const weights = types.reduce((sum, { weight }) => sum + weight, 0)
  const typeBy = (share: number): WireType => {
    let left = share * weights
    return types.find(({ weight }) => {
      left -= weight
      return left < 0
    })!
  }
  const changes: Array<AccountScript["changes"][number]> = []
  for (
    let at = start + whole(0, 5 * minute);
    at < start + hours * 60 * minute;
    at += whole(1_100, one([2, 8, 20]) * minute)
  ) {
    const type = typeBy(draw())
    const { entity } = type
    const living = alive.get(entity) ?? []
    const turn = draw()
    if (type.onlyMade === true || turn < 0.15) {
      const above = beneath(type, alive, one)
      if (above === null) continue
      const id = make(type)
      changes.push({ at, entity, id, action: "create", fields: { ...fieldsOf(type, String(id)), ...above } })
    } else if (living.length > 1) {
      const id = one(living)
      if (turn > 0.95 && type.undeletable !== true) {
        alive.set(
          entity,
          living.filter((other) => other !== id)
        )
        changes.push({ at, entity, id, action: "delete", fields: {} })
        continue
      }
      const value = `changed ${at}`
      changes.push({ at, entity, id, action: "update", fields: yes(0.7) ? type.pushed(value) : type.silent(value) })
      // Now and then twice within a second.
      if (yes(0.1)) changes.push({ at: at + 7, entity, id, action: "update", fields: type.pushed(`${value} again`) })
    }
  }
  return { entities, changes }
}

const pollerOf = ({ entity, list }: WireType, { authorization }: WireProduct, every: number): WirePoller => {
  const { detail, filter, itemsAt, mode, path, perPage, perPageName, seconds, total } = list!
  return {
    name: `poller of ${entity}`,
    program: {
      authorization,
      every,
      items: itemsAt,
      list: path,
      perPage: `${perPageName}=${perPage}`,
      mode: mode === "whole" ? "all" : mode,
      ...(filter === undefined ? {} : { filter }),
      ...(seconds === true ? { stamp: "seconds" } : {}),
      ...(total === true ? { pages: "total" } : {}),
      ...(detail === undefined ? {} : { detail: detail.path })
    },
    spec: {
      name: `poller of ${entity}`,
      type: -1,
      mode,
      everyMs: every * 1_000,
      jitterMs: 0,
      phaseMs: 0,
      perPage,
      endsShort: total !== true,
      pages: 0,
      overlapMs: minute,
      detailCalls: 0,
      readsChildren: detail !== undefined,
      walkCalls: 0,
      replaced: true,
      adaptiveUpToMs: 0
    }
  }
}

const updatesOf = ({ changes }: AccountScript, of: string): ReadonlyArray<ObservedChange> =>
  changes.flatMap(({ action, at, entity, fields }) =>
    entity === of && action === "update"
      ? [{ entity, entityId: 0, updatedAt: at, action, changed: Object.keys(fields) }]
      : []
  )

export const wireScenario = (seed: number): WireScenario => {
  const draw = randomStreams(seed, 0, "wire scenario")("all")
  const { one, whole, yes } = dice(draw)
  const name = one(Object.keys(wireProducts) as ReadonlyArray<SimulatedProductName>)
  const product = wireProducts[name]
  const provider = providerOf(name)!
  const route = one(product.routes)
  // Some days use both routes, side by side.
  const drawRoutes = randomStreams(seed, 0, "wire routes")("all")
  const routes = drawRoutes() < 0.4 ? product.routes : [route]
  // On half of these the second watches only what the first does not push.
  const isNarrow = drawRoutes() < 0.5
  const hours = whole(1, 4)
  const [first, ...others] = product.types
  // Who is beneath something that is not looked after is not looked after either.
  const types: Array<WireType> = [first!]
  for (const type of others)
    if (yes(0.6) && (type.parent === undefined || types.some(({ entity }) => entity === type.parent!.entity)))
      types.push(type)
  const wanted = types.map(({ entity }) => entity)
  // Only what somebody looks at changes: each change draws its read lag from the one stream.
  const script = scriptOf(draw, types, hours)
  const pollers = types.flatMap((type) => {
    if (type.list === undefined) return []
    const { detail, ...plain } = type.list
    const list = detail !== undefined && wanted.includes(detail.entity) ? type.list : plain
    return [pollerOf({ ...type, list }, product, whole(40, 900))]
  })
  const most = product.limitPeriod === "hour" ? whole(250, 600) : whole(18, 90)
  const limits: PlanLimits | null = yes(0.5)
    ? { limit: most, period: product.limitPeriod, endpoints: {}, source: "drawn" }
    : null
  const reconcileSeconds = one([300, 900, 1_800, 3_600])
  const apart = randomStreams(seed, 1, "wire scenario")("own intervals")
  const own = Object.fromEntries(
    wanted.flatMap((entity) => {
      const times = apart() < 0.7 ? 1 : [0.5, 2, 4][Math.floor(apart() * 3)]!
      return times === 1 ? [] : [[entity, times * reconcileSeconds]]
    })
  )
  return {
    seed,
    provider,
    account: {
      product: name,
      account: product.account,
      plan: Object.keys(provider.plans).at(-1)!,
      entities: 1,
      changesPerHour: 0,
      script,
      instant: true
    },
    script,
    from: start,
    to: start + hours * 60 * minute,
    stampMs: product.stampMs,
    entities: wanted,
    planned: isNarrow
      ? eventPlanOf(provider, routes, wanted, (entity) => updatesOf(script, entity))
      : plannedFor(provider, routes, wanted),
    limits,
    pollers,
    reconcileSeconds,
    own,
    faults: {
      drop: yes(0.5) ? draw() * 0.4 : 0,
      duplicate: yes(0.5) ? draw() * 0.4 : 0,
      reorder: yes(0.5) ? draw() * 0.6 : 0,
      delay: yes(0.4) ? draw() * 0.3 : 0,
      outageSeconds: yes(0.4) ? whole(120, 3_000) : 0,
      outageAfterSeconds: whole(60, 3_000)
    }
  }
}
