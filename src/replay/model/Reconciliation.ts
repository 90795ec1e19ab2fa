/**
 * Reconciliation as a state machine: which requests each sweep makes, what it compares, and which dependants it reads
 * (receiver/reconciliation/Reconciliation.ts is the real one). A sweep looks at the account at one moment, and its calls go out one
 * after the other; where the account's limit holds it up, it looks again when it goes on.
 */
import type { HistorySink } from "../../domain/History.js"
import {
  isReadable,
  mayBeGone,
  nextCursor,
  type Policy,
  pagesFor,
  planSweep,
  readsDependants,
  restMs,
  type SweepPlan,
  sweepRequests
} from "../../policy/index.js"
import { type Account, status } from "./Account.js"
import { type Calls, purpose, refused } from "./Calls.js"
import type { Receiver } from "./Receiver.js"
import { type EntityTypeSpec, type Scenario, wholeStamp } from "./Scenario.js"

export interface Reconciliation {
  /** Begins a sweep of every list; returns when it goes on, or null where it has ended. */
  readonly sweep: (at: number) => number | null
  /** Goes on with a sweep that waits for the limit. */
  readonly goOn: () => number | null
  /** When the next sweep begins, once one has ended. */
  readonly nextAt: () => number
  /** The process ends: what it knew of dependants that were read already is lost. */
  readonly forget: () => void
}

interface ReconciliationParts {
  readonly scenario: Scenario
  readonly account: Account
  readonly receiver: Receiver
  readonly calls: Calls
  readonly policy: Policy
  readonly providerUp: () => boolean
  readonly sink: HistorySink | null
}

/** Indexes of the types beneath each type, as far as they are wanted or lead to one that is. */
const childrenOf = (types: ReadonlyArray<EntityTypeSpec>): ReadonlyArray<ReadonlyArray<number>> => {
  const all = types.map((_, index) => types.flatMap((type, child) => (type.parent === index ? [child] : [])))
  const isNeeded = (index: number): boolean => types[index]!.wanted || all[index]!.some(isNeeded)
  return all.map((children) => children.filter(isNeeded))
}

interface Root {
  readonly index: number
  /** In every which sweep all parents are walked, because nothing shows which have news beneath them; `null`: never. */
  readonly walks: number | null
}

/** Types that are listed by themselves, in the order of their names. */
const rootsOf = (types: ReadonlyArray<EntityTypeSpec>, children: ReadonlyArray<ReadonlyArray<number>>) =>
  types
    .flatMap(({ parent, wanted }, index): ReadonlyArray<Root> => {
      if (parent !== -1 || (!wanted && children[index]!.length === 0)) return []
      const turns = types.flatMap((type) =>
        type.parent === index && type.sweep.parent?.which === "all" ? [type.sweep.parent.every] : []
      )
      return [{ index, walks: turns.length === 0 ? null : Math.min(...turns) }]
    })
    .sort((a, b) => (types[a.index]!.name < types[b.index]!.name ? -1 : 1))

/** A sweep under way: yields moments at which it goes on. */
type Steps = Generator<number, void, void>

export const makeReconciliation = (parts: ReconciliationParts): Reconciliation => {
  const { account, calls, policy, receiver, scenario, sink } = parts
  const { entities, faults, types } = scenario
  const { overlapMs, readableWithinMs, reconcileMs } = scenario.receiver
  const children = childrenOf(types)
  const roots = rootsOf(types, children)
  const sweptTo = new Float64Array(types.length).fill(Number.NaN)
  const nth = new Int32Array(types.length)
  /** The stamp that a parent had when its dependants were last read. */
  const readAt = new Float64Array(entities.count).fill(Number.NaN)
  const viewFound = new Uint8Array(types.length)
  /** When the sweep began, and its reading of the list that it is at. */
  let begunAt = 0
  let startedAt = 0
  /** The moment at which it looks, and that of its next call. */
  let now = 0
  let next = 0
  let found = 0
  let underWay: Steps | null = null

  /** Makes a call, or returns the moment to wait for; 0 where it is made. Called until then. */
  let again = false
  const call = (what: number, name: string): number => {
    const free = calls.freeAt(next)
    if (free > next) return free
    const done = calls.make(again ? purpose.retry : what, next, name, 200, begunAt)
    again = done === refused
    if (again) return calls.freeAt(next)
    next = done
    return 0
  }
  const resume = (at: number): void => {
    now = next = at
  }
  const take = (entity: number, meetsThePast: boolean): void => {
    const news = receiver.found(
      entity,
      account.stampSeen(entity, now),
      account.versionSeen(entity, now),
      account.hiddenSeen(entity, now),
      startedAt,
      next,
      meetsThePast
    )
    if (news) found += 1
  }

  const callFor = function* (what: number, name: string, times: number): Steps {
    for (let left = times; left > 0; left--) {
      for (let wait = call(what, name); wait > 0; wait = call(what, name)) {
        yield wait
        resume(wait)
      }
    }
  }

  const readChildren = function* (entity: number, depth: SweepPlan): Steps {
    for (const child of children[entities.type[entity]!]!) {
      const type = types[child]!
      const all = type.sweep.parent?.which === "all"
      const stamp = account.stampSeen(entity, now)
      if (all ? !depth.walking : !readsDependants(stamp, depth.deepFrom, readAt[entity]!)) continue
      const what = all ? purpose.reconciliation : purpose.hydration
      yield* callFor(what, type.name, 1)
      const items: Array<number> = []
      for (let one = account.firstChild(entity); one !== -1; one = account.nextChild(one))
        if (entities.type[one] === child && account.stateSeen(one, now) === status.live) items.push(one)
      const stubs = type.sweep.stubs === true
      if (!stubs) yield* callFor(what, type.name, pagesFor(items.length, type.sweep.perPage) - 1)
      for (const one of items) {
        if (stubs) yield* callFor(what, type.name, 1)
        if (type.wanted) take(one, true)
        if (children[child]!.length > 0) yield* readChildren(one, depth)
      }
      // A reply may be readable later than its ticket: dependants that were read too early are read once more.
      if (!all && isReadable(stamp, startedAt, readableWithinMs)) readAt[entity] = stamp
    }
  }

  const sweepOne = function* ({ index: of, walks }: Root): Steps {
    const { name, sweep, wanted } = types[of]!
    startedAt = now
    if (!parts.providerUp()) {
      next = Math.max(next, calls.make(purpose.reconciliation, calls.freeAt(next), name, 503, begunAt))
      return
    }
    const plan = planSweep(
      {
        wholeEvery: sweep.wholeEvery,
        walks,
        walksAnyway: false,
        sweptTo: sweptTo[of]!,
        nth: nth[of]!,
        unfilled: false,
        deletionsDue: false,
        startedAt,
        everyMs: reconcileMs,
        overlapMs
      },
      policy.readsFrom
    )
    const { first, whole } = plan
    const floor = wholeStamp(scenario, plan.from)
    let newest = first ? 0 : sweptTo[of]!
    found = 0
    yield* callFor(purpose.reconciliation, name, 1)
    const listedAt = now
    const items = itemsOf(of, floor, status.live, sweep.by === "timeFilter")
    const total = account.countSeen(of, now)
    const requests = sweepRequests(sweep, items.length, total, whole, viewFound[of] === 0)
    viewFound[of] = 1
    yield* callFor(purpose.reconciliation, name, requests - 1)
    const deep = children[of]!.length > 0
    for (const entity of items) {
      newest = Math.max(newest, account.stampSeen(entity, listedAt))
      if (wanted) take(entity, first)
      if (deep) yield* readChildren(entity, plan)
    }
    if (!first) {
      yield* readHidden(of, plan)
      newest = Math.max(newest, newestHidden)
    }
    if (plan.comparesIds && wanted) yield* findGone(of, listedAt)
    if (sink !== null) sink({ k: "sweep", t: now, path: "webhook", who: name, found })
    sweptTo[of] = nextCursor(newest, startedAt)
    nth[of]! += 1
  }

  /** Entities of a list from a stamp on, as it shows them now. */
  const itemsOf = (of: number, floor: number, state: number, oldestFirst: boolean): Array<number> => {
    const items: Array<number> = []
    for (let entity = account.newest(of); entity !== -1; entity = account.before(entity)) {
      if (account.stamp[entity]! < floor) break
      if (account.stateSeen(entity, now) === state && account.stampSeen(entity, now) >= floor) items.push(entity)
    }
    return oldestFirst ? items.reverse() : items
  }

  let newestHidden = 0
  /** The lists that the plain one hides: of entities marked as spam, and of deleted ones. */
  const readHidden = function* (of: number, plan: SweepPlan): Steps {
    const { name, sweep, wanted } = types[of]!
    const floor = wholeStamp(scenario, policy.readsFrom(sweptTo[of]!, overlapMs))
    newestHidden = 0
    if (sweep.hidden.includes("spam")) yield* callFor(purpose.reconciliation, name, 1)
    if (!sweep.hidden.includes("deleted")) return
    yield* callFor(purpose.reconciliation, name, 1)
    const items = itemsOf(of, floor, status.deleted, true)
    yield* callFor(purpose.reconciliation, name, pagesFor(items.length, sweep.perPage) - 1)
    for (const entity of items) {
      const [stamp, version] = [account.stampSeen(entity, now), account.versionSeen(entity, now)]
      newestHidden = Math.max(newestHidden, stamp)
      if (wanted && receiver.foundDeleted(entity, stamp, version, startedAt, next)) found += 1
      yield* readChildren(entity, plan)
    }
  }

  /** An entity that a complete list lacks, although the state has it, is gone if the API says so. */
  const findGone = function* (of: number, listedAt: number): Steps {
    for (let entity = account.newest(of); entity !== -1; entity = account.before(entity)) {
      if (account.stateSeen(entity, listedAt) === status.live || !receiver.knows(entity)) continue
      const readable = isReadable(receiver.stamp[entity]!, startedAt + faults.skewMs, readableWithinMs)
      if (!mayBeGone(receiver.isGone(entity), readable)) continue
      yield* callFor(purpose.reconciliation, types[of]!.name, 1)
      receiver.foundMissing(entity, account.versionSeen(entity, now), next)
      found += 1
    }
  }

  const sweepAll = function* (): Steps {
    for (const root of roots) yield* sweepOne(root)
  }
  const step = (): number | null => {
    const { done, value } = underWay!.next()
    if (done !== true) return value
    underWay = null
    return null
  }

  return {
    forget: () => {
      underWay = null
      again = false
      readAt.fill(Number.NaN)
      viewFound.fill(0)
    },
    sweep: (at) => {
      begunAt = now = next = at
      underWay = sweepAll()
      return step()
    },
    goOn: () => (underWay === null ? null : step()),
    nextAt: () => next + restMs(begunAt + reconcileMs, next)
  }
}
