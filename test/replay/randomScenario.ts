/** Random scenarios for the fast driver: small accounts with everything that can go wrong. */
import { naturalLog } from "../../src/domain/Logarithm.js"
import type { SweepRule } from "../../src/providers/index.js"
import {
  action,
  type ChangeTable,
  covered,
  type EntityTypeSpec,
  type FaultSpec,
  type FaultWindow,
  type PollerSpec,
  pushedBy,
  pushes,
  type RouteSpec,
  randomStreams,
  type Scenario
} from "../../src/replay/index.js"

export const faultKinds = [
  "drop",
  "duplicate",
  "reorder",
  "delay",
  "slowAck",
  "receiverDown",
  "providerDown",
  "ruleOff",
  "secretRotated",
  "lossBurst",
  "restarts",
  "skew"
] as const
export type FaultKind = (typeof faultKinds)[number]

/** What is left out of a seed's scenario, to see whether it still fails. */
export interface Without {
  readonly faults: ReadonlySet<FaultKind>
  /** Places in the table of changes; `null` keeps all. */
  readonly changes: ReadonlySet<number> | null
}

export const nothing: Without = { faults: new Set(), changes: null }

const minute = 60_000
const start = Date.parse("2026-03-02T08:00:00Z")

const timeFilter = (perPage: number, hidden: SweepRule["hidden"]): SweepRule => ({
  by: "timeFilter",
  perPage,
  hidden,
  wholeEvery: null
})

/** Read lags that belong to their changes, whichever others there are: a scenario that is made smaller keeps them. */
export const readLagsOf =
  (seed: number) =>
  (entity: number, at: number): number => {
    let hash = Math.imul(seed ^ entity, 0x9e3779b1) ^ Math.imul(at | 0, 0x85ebca6b)
    hash = Math.imul(hash ^ (hash >>> 15), 0xc2b2ae35)
    return ((hash ^ (hash >>> 13)) >>> 0) / 2 ** 32
  }

/** In some days a second route pushes part of the changes, as an app and a rule do. */
const routesOf = (seed: number): { readonly further: ReadonlyArray<RouteSpec>; readonly marks: () => number } => {
  const draw = randomStreams(seed, 2, "random scenario")("routes")
  if (draw() >= 0.4) return { further: [], marks: () => 0 }
  const thin = draw() < 0.7
  const allowance = draw() < 0.3 ? "limit" : draw() < 0.5 ? null : ({ requests: 20, period: "minute" } as const)
  const [first, second] = [pushedBy(0), pushedBy(1)]
  return {
    further: [{ allowance, thin, tellsMoment: !thin && draw() < 0.5, native: !thin }],
    marks: () => [first | second, first | second, first, second][Math.floor(draw() * 4)]!
  }
}

export const randomScenario = (seed: number, without: Without = nothing): Scenario => {
  const draw = randomStreams(seed, 0, "random scenario")("all")
  const yes = (chance: number) => draw() < chance
  const whole = (low: number, high: number) => low + Math.floor(draw() * (high - low + 1))
  const one = <A>(values: ReadonlyArray<A>): A => values[Math.floor(draw() * values.length)]!

  const type = (name: string, sweep: SweepRule, deletionsShow: boolean, more: Partial<EntityTypeSpec> = {}) => ({
    name,
    wanted: true,
    sweep,
    parent: -1,
    touches: false,
    deletionsShow,
    ...more
  })
  const types: Array<EntityTypeSpec> = [type("ticket", timeFilter(whole(2, 20), ["deleted"]), true)]
  if (yes(0.5))
    types.push(
      type(
        "reply",
        {
          by: "children",
          perPage: 100,
          hidden: [],
          wholeEvery: null,
          parent: { entity: "ticket", which: "changed", every: 1 }
        },
        false,
        { parent: 0, touches: true, told: randomStreams(seed, 3, "random scenario")("told")() < 0.5 }
      )
    )
  if (yes(0.5)) types.push(type("company", { by: "wholeList", perPage: whole(2, 20), hidden: [], wholeEvery: 1 }, true))
  if (yes(0.5)) types.push(type("deal", { by: "newestFirst", perPage: whole(2, 20), hidden: [], wholeEvery: 3 }, true))
  if (yes(0.3)) types.push(type("contact", timeFilter(whole(2, 20), []), false))

  const hours = whole(1, 4)
  const to = start + hours * 60 * minute
  const reconcileMs = one([5, 10, 20, 30, 60]) * minute
  const readLagMs = one([0, 800, 5_000, 29_000])
  const stampMs = one([1_000, 1_000, 1])

  const entityType: Array<number> = []
  const entityParent: Array<number> = []
  const entityStamp: Array<number> = []
  const alive: Array<number> = []
  const add = (of: number, parent: number, stamp: number): number => {
    entityType.push(of)
    entityParent.push(parent)
    entityStamp.push(stamp)
    return entityType.length - 1
  }
  const roots = types.flatMap(({ parent }, index) => (parent === -1 ? [index] : []))
  const isThere: Array<boolean> = []
  for (let count = whole(2, 25); count > 0; count--) {
    const entity = add(one(roots), -1, Math.floor((start - whole(1, 5_000) * minute) / stampMs) * stampMs)
    isThere[entity] = true
    alive.push(entity)
  }
  const rows: Array<{ at: number; entity: number; action: number; flags: number }> = []
  const perHour = one([5, 20, 60, 240])
  for (let at = start; ; ) {
    at += Math.ceil(-naturalLog(1 - draw()) * (3_600_000 / perHour))
    // Now and then several at once.
    const burst = yes(0.05) ? whole(2, 6) : 1
    if (at >= to) break
    for (let turn = 0; turn < burst; turn++) {
      // Two changes never share a millisecond; a second they may.
      at += turn
      const child = types.findIndex(({ parent }) => parent !== -1)
      const live = alive.filter((entity) => isThere[entity])
      const dice = draw()
      if (dice < 0.15 || live.length === 0) {
        const entity = add(one(roots), -1, Number.NaN)
        alive.push(entity)
        isThere[entity] = true
        rows.push({ at, entity, action: action.create, flags: yes(0.95) ? pushes | covered : 0 })
      } else if (dice < 0.3 && child !== -1) {
        const parents = live.filter((entity) => entityType[entity] === 0)
        if (parents.length === 0) continue
        const parent = one(parents)
        const entity = add(child, parent, Number.NaN)
        const told = yes(0.8)
        rows.push({ at, entity, action: action.create, flags: told ? pushes | covered : 0 })
        rows.push({ at, entity: parent, action: action.touch, flags: told ? covered : 0 })
      } else {
        const entity = one(live)
        const gone = dice > 0.95
        if (gone) isThere[entity] = false
        const spec = types[entityType[entity]!]!
        const told = gone ? yes(0.5) && spec.name !== "contact" : yes(0.8)
        rows.push({ at, entity, action: gone ? action.delete : action.update, flags: told ? pushes | covered : 0 })
      }
    }
  }
  // What is left out with its creation left out is left out too.
  const there = new Set(entityStamp.flatMap((stamp, entity) => (Number.isNaN(stamp) ? [] : [entity])))
  let keptBefore = false
  const isKept = (row: (typeof rows)[number], index: number): boolean => {
    // A new dependant and its parent's new stamp are one change.
    if (row.action === action.touch) return keptBefore
    if (without.changes !== null && !without.changes.has(index)) return false
    if (row.action === action.create && (entityParent[row.entity] === -1 || there.has(entityParent[row.entity]!)))
      there.add(row.entity)
    return there.has(row.entity)
  }
  const kept = rows.filter((row, index) => {
    keptBefore = isKept(row, index)
    return keptBefore
  })
  const { further, marks } = routesOf(seed)
  const flagsOf = new Map(rows.map((row) => [row, row.flags | ((row.flags & pushes) === 0 ? 0 : marks())] as const))
  const changes: ChangeTable = {
    count: kept.length,
    at: Float64Array.from(kept, ({ at }) => at),
    stamp: Float64Array.from(kept, ({ at }) => Math.floor(at / stampMs) * stampMs),
    entity: Int32Array.from(kept, ({ entity }) => entity),
    action: Uint8Array.from(kept, (row) => row.action),
    flags: Uint8Array.from(kept, (row) => flagsOf.get(row)!)
  }

  const share = (kind: FaultKind, most: number): number => {
    const value = yes(0.35) ? draw() * most : 0
    return without.faults.has(kind) ? 0 : value
  }
  const span = (): { from: number; to: number } => {
    const from = start + Math.floor(draw() * (to - start))
    return { from, to: from + whole(1, 90) * minute }
  }
  const windows: Array<FaultWindow> = []
  for (const kind of ["receiverDown", "providerDown", "ruleOff", "secretRotated", "lossBurst"] as const) {
    const window = { kind, ...span() }
    if (yes(0.25) && !without.faults.has(kind)) windows.push(window)
  }
  const restarts = Array.from({ length: yes(0.4) ? whole(1, 12) : 0 }, () => start + Math.floor(draw() * (to - start)))
  const skewMs = yes(0.2) ? whole(-120, 120) * 1_000 : 0
  const faults: FaultSpec = {
    // Now and then nothing comes through, so that reconciliation has to bring it all.
    drop: share("drop", yes(0.2) ? 1_000 : 0.5),
    duplicate: share("duplicate", 0.5),
    reorder: share("reorder", 0.8),
    delay: share("delay", 0.3),
    slowAck: share("slowAck", 0.5),
    windows,
    restarts: without.faults.has("restarts") ? [] : restarts,
    skewMs: without.faults.has("skew") ? 0 : skewMs
  }
  const retryAfterMs = one([[60, 120, 240, 480], [300, 1_800, 3_600], []]).map((seconds) => seconds * 1_000)
  const limit = yes(0.4) ? { calls: whole(3, 40), periodMs: minute } : null
  const pollers = roots
    .filter(() => yes(0.6))
    .map((index): PollerSpec => {
      const { sweep } = types[index]!
      const mode = sweep.by === "timeFilter" ? "since" : sweep.by === "newestFirst" ? "newest" : "whole"
      return {
        name: `poller of ${types[index]!.name}`,
        type: index,
        mode,
        everyMs: whole(1, 20) * minute,
        jitterMs: yes(0.5) ? 5_000 : 0,
        phaseMs: whole(0, minute),
        perPage: sweep.perPage,
        endsShort: yes(0.5),
        pages: 0,
        overlapMs: Math.max(minute, 2 * readLagMs),
        detailCalls: 0,
        readsChildren: false,
        walkCalls: 0,
        replaced: true,
        adaptiveUpToMs: 0
      }
    })
  const own: Record<string, number> = {}
  for (const { name } of types) if (yes(0.3)) own[name] = reconcileMs * one([0.5, 2, 4])
  const cycle = Math.max(reconcileMs, ...Object.values(own)) * 3
  // A limit may stretch a sweep: at worst it reads each entity and its dependants.
  const stretched = limit === null ? 0 : Math.ceil((2 * entityType.length) / limit.calls) * limit.periodMs
  return {
    account: "random.example",
    from: start,
    to,
    settledAt:
      to +
      90 * minute +
      // Pushes that share the limit may wait for the next hour.
      (further.some(({ allowance }) => allowance === "limit") && limit !== null ? 60 * minute : 0) +
      retryAfterMs.reduce((sum, wait) => sum + wait, 0) +
      2 * cycle +
      2 * stretched +
      30 * minute,
    seed,
    types,
    entities: {
      count: entityType.length,
      type: Uint8Array.from(entityType),
      parent: Int32Array.from(entityParent),
      stamp: Float64Array.from(entityStamp)
    },
    changes,
    stampMs,
    readLagMs,
    callMs: one([0, 150]),
    pollers,
    delivery: {
      retryAfterMs,
      allowance: one([null, { requests: 50, period: "minute" }, { requests: 10, period: "minute" }] as const),
      thin: yes(0.3),
      tellsMoment: yes(0.5),
      ...(further.length === 0 ? {} : { further }),
      ackWithinMs: 5_000
    },
    receiver: {
      reconcileMs,
      own,
      overlapMs: 2 * minute,
      readableWithinMs: 30_000,
      commitMs: one([0, 5, 200]),
      applyMs: one([0, 0, 3_000]),
      rememberMs: 6 * 3_600_000
    },
    faults,
    limit,
    keptPerMinute: new Uint32Array(0)
  }
}
