/** One random day of an account and its receiver: what lives, what travels, what goes wrong. All of it follows from the seed. */
import {
  eventsOfRoutes,
  inOrder,
  type Provider,
  providerOf,
  type Route,
  sendsThinEvents
} from "../../src/providers/index.js"
import { randomStreams } from "../../src/replay/index.js"
import type { SimulatedProductName } from "../../src/simulator/index.js"

export const faultKinds = [
  "drop",
  "duplicate",
  "reorder",
  "delay",
  "crash",
  "stop",
  "diskFull",
  "diskLocked",
  "diskUnconfirmed",
  "providerDown",
  "limit",
  "handler"
] as const
export type FaultKind = (typeof faultKinds)[number]

export interface Span {
  readonly from: number
  readonly to: number
}

export interface Day {
  readonly seed: number
  readonly product: SimulatedProductName
  readonly provider: Provider
  readonly routes: ReadonlyArray<Route>
  readonly account: string
  /** Types that the receiver looks after. */
  readonly entities: ReadonlyArray<string>
  readonly events: ReadonlyArray<string>
  readonly from: number
  readonly to: number
  /** All that was lost may have come by then. */
  readonly settledAt: number
  readonly reconcileMs: number
  /** Entity types that are reconciled more or less often than the others, in milliseconds. */
  readonly own: Readonly<Record<string, number>>
  /** Whole lists are compared in each sweep, so that deletions show which no list tells of. */
  readonly comparesIds: boolean
  readonly population: number
  readonly changesPerHour: number
  readonly readLagMs: number
  readonly callMs: number
  /** Shares of the pushes. */
  readonly faults: {
    readonly drop: number
    readonly duplicate: number
    readonly reorder: number
    readonly delay: number
  }
  /** Share of the changes of a text that have another one right behind them, mostly within the same second. */
  readonly twins: number
  /** Moments at which the process is killed and begun again. */
  readonly crashes: ReadonlyArray<number>
  /** The process is stopped in good order, and begun again. */
  readonly stops: ReadonlyArray<Span>
  readonly disk: ReadonlyArray<Span & { readonly kind: "diskFull" | "diskLocked" | "diskUnconfirmed" }>
  readonly providerDown: ReadonlyArray<Span>
  /** Calls that the account may make in a minute; `null` for more than are ever made. */
  readonly callsPerMinute: number | null
  /** Share of the hand-overs that the handler refuses. */
  readonly handlerFails: number
}

const start = Date.parse("2026-03-02T08:00:00Z")
const minute = 60_000
const products: ReadonlyArray<SimulatedProductName> = ["freshdesk", "freshservice", "freshsales", "freshchat"]

/** In a third of the days some types keep an interval of their own. */
const ownIntervals = (
  seed: number,
  entities: ReadonlyArray<string>,
  reconcileMs: number
): Readonly<Record<string, number>> => {
  const draw = randomStreams(seed, 3, "day of a receiver")("own intervals")
  if (draw() >= 1 / 3) return {}
  const own = entities.map((entity) => [entity, draw() < 0.5 ? 1 : [0.5, 2, 4][Math.floor(draw() * 3)]!] as const)
  return Object.fromEntries(own.flatMap(([entity, times]) => (times === 1 ? [] : [[entity, times * reconcileMs]])))
}

/** A write that failed is tried again after a second. */
const triedAgainMs = 2_000

/** A stop waits for its disk in real time, and virtual time stands still meanwhile: it begins behind the disk's faults. */
const behind = (stops: ReadonlyArray<Span>, disk: ReadonlyArray<Span>): ReadonlyArray<Span> =>
  stops.flatMap(({ from, to }) => {
    let begin = from
    for (const fault of [...disk].sort((a, b) => a.from - b.from))
      if (begin >= fault.from && begin < fault.to + triedAgainMs) begin = fault.to + triedAgainMs
    return begin < to ? [{ from: begin, to }] : []
  })

/** `without`: kinds of faults that are left out, to see whether the day still fails. */
export const randomDay = (seed: number, without: ReadonlySet<FaultKind> = new Set()): Day => {
  const draw = randomStreams(seed, 0, "day of a receiver")("all")
  const whole = (low: number, high: number) => low + Math.floor(draw() * (high - low + 1))
  const one = <A>(values: ReadonlyArray<A>): A => values[Math.floor(draw() * values.length)]!
  const product = one(products)
  const provider = providerOf(product)!
  const all = Object.keys(provider.routes) as Array<Route>
  const route = one(all)
  // Some days use all routes side by side.
  const routes = randomStreams(seed, 0, "routes of a receiver")("all")() < 0.35 ? inOrder(all) : [route]
  const covered = Object.keys(provider.sweeps).filter((entity) => eventsOfRoutes(provider, routes, entity).length > 0)
  const hours = whole(1, 3)
  const to = start + hours * 60 * minute
  const reconcileMs = one([5, 10, 20, 30]) * minute
  const rarest = Math.max(
    ...covered.map((entity) => provider.sweeps[entity]!.parent?.every ?? 1),
    // Some days go on until whole lists were compared as well.
    draw() < 0.4 ? Math.max(...covered.map((entity) => provider.sweeps[entity]!.wholeEvery ?? 1)) : 1
  )
  /** Each kind draws the same whether it is left out or not. */
  const spans = <A>(kind: FaultKind, chance: number, most: number, make: (from: number) => A): ReadonlyArray<A> => {
    const count = draw() < chance ? whole(1, most) : 0
    const made = Array.from({ length: count }, () => make(Math.floor(start + draw() * (to - start))))
    return without.has(kind) ? [] : made
  }
  const share = (kind: FaultKind, chance: number, most: number): number => {
    const drawn = draw() < chance ? draw() * most : 0
    return without.has(kind) ? 0 : drawn
  }
  const own = ownIntervals(seed, covered, reconcileMs)
  const slowest = Math.max(reconcileMs, ...Object.values(own))
  const span = (from: number, longest: number): Span => ({ from, to: from + Math.floor((0.05 + draw()) * longest) })
  const limit = draw() < 0.3 ? whole(8, 40) : null
  const day: Day = {
    seed,
    product,
    provider,
    routes,
    account: `acme.${product}.com`,
    entities: covered,
    events: covered.flatMap((entity) => eventsOfRoutes(provider, routes, entity)),
    from: start,
    to,
    settledAt: to + 90 * minute + (rarest + 2) * slowest,
    reconcileMs,
    own,
    population: whole(2, 24),
    changesPerHour: one([20, 60, 200]),
    // A thin event is fetched for three times, two seconds apart.
    readLagMs: routes.some((one) => sendsThinEvents(provider, one)) ? one([800, 3_000]) : one([800, 3_000, 20_000]),
    callMs: one([40, 400]),
    faults: {
      drop: share("drop", 0.5, 0.4),
      duplicate: share("duplicate", 0.5, 0.4),
      reorder: share("reorder", 0.5, 0.5),
      delay: share("delay", 0.3, 0.3)
    },
    crashes: spans("crash", 0.5, 6, (at) => at),
    stops: spans("stop", 0.3, 2, (from) => span(from, 40 * minute)),
    disk: [
      ...spans("diskFull", 0.3, 2, (from) => ({ ...span(from, 5 * minute), kind: "diskFull" as const })),
      ...spans("diskLocked", 0.2, 2, (from) => ({ ...span(from, minute), kind: "diskLocked" as const })),
      ...spans("diskUnconfirmed", 0.3, 2, (from) => ({ ...span(from, 5 * minute), kind: "diskUnconfirmed" as const }))
    ],
    providerDown: spans("providerDown", 0.3, 2, (from) => span(from, 30 * minute)),
    callsPerMinute: without.has("limit") ? null : limit,
    handlerFails: share("handler", 0.5, 0.4),
    twins: draw() < 0.5 ? draw() * 0.4 : 0,
    comparesIds: draw() < 0.3
  }
  return { ...day, stops: behind(day.stops, day.disk) }
}
