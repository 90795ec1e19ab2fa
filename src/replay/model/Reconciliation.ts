/**
 * Reconciliation as a state machine: which requests each sweep makes, what it compares, and which dependants it reads
 * (reconciliation/Reconciliation.ts is the real one). A sweep looks at the account at one moment; its calls go out one
 * after the other.
 */
import type { HistorySink } from "../../domain/History.js"
import {
  isReadable,
  nextCursor,
  type Policy,
  pagesFor,
  planSweep,
  readsDependants,
  type SweepPlan,
  sweepRequests
} from "../../policy/index.js"
import { type Account, status } from "./Account.js"
import { type Calls, purpose } from "./Calls.js"
import type { Receiver } from "./Receiver.js"
import { type EntityTypeSpec, type Scenario, wholeStamp } from "./Scenario.js"

export interface Reconciliation {
  /** One sweep of every list. */
  readonly sweep: (at: number) => void
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
  let found = 0
  let next = 0

  const call = (what: number, at: number, name: string): void => {
    next = calls.make(what, Math.max(at, next), name, 200, at)
  }
  const take = (entity: number, at: number, meetsThePast: boolean): void => {
    const news = receiver.found(
      entity,
      account.stampSeen(entity, at),
      account.versionSeen(entity, at),
      account.hiddenSeen(entity, at),
      at,
      Math.max(at, next),
      meetsThePast
    )
    if (news) found += 1
  }

  const readChildren = (entity: number, at: number, depth: SweepPlan): void => {
    for (const child of children[entities.type[entity]!]!) {
      const type = types[child]!
      const all = type.sweep.parent?.which === "all"
      const stamp = account.stampSeen(entity, at)
      if (all ? !depth.walking : !readsDependants(stamp, depth.deepFrom, readAt[entity]!)) continue
      let items = 0
      for (let one = account.firstChild(entity); one !== -1; one = account.nextChild(one)) {
        if (entities.type[one] !== child || account.stateSeen(one, at) !== status.live) continue
        items += 1
      }
      const what = all ? purpose.reconciliation : purpose.hydration
      for (let page = pagesFor(items, type.sweep.perPage); page > 0; page--) call(what, at, type.name)
      if (type.sweep.stubs === true) for (let item = 0; item < items; item++) call(what, at, type.name)
      for (let one = account.firstChild(entity); one !== -1; one = account.nextChild(one)) {
        if (entities.type[one] !== child || account.stateSeen(one, at) !== status.live) continue
        if (type.wanted) take(one, at, true)
        readChildren(one, at, depth)
      }
      // A reply may be readable later than its ticket: dependants that were read too early are read once more.
      if (!all && isReadable(stamp, at, readableWithinMs)) readAt[entity] = stamp
    }
  }

  const sweepOne = ({ index: of, walks }: Root, at: number): void => {
    const { name, sweep, wanted } = types[of]!
    if (!parts.providerUp()) {
      next = calls.make(purpose.reconciliation, Math.max(at, next), name, 503, at)
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
        startedAt: at,
        everyMs: reconcileMs,
        overlapMs
      },
      policy.readsFrom
    )
    const { first, whole } = plan
    const floor = wholeStamp(scenario, plan.from)
    let newest = first ? 0 : sweptTo[of]!
    found = 0
    const items: Array<number> = []
    for (let entity = account.newest(of); entity !== -1; entity = account.before(entity)) {
      if (account.stamp[entity]! < floor) break
      if (account.stateSeen(entity, at) !== status.live) continue
      const stamp = account.stampSeen(entity, at)
      if (stamp < floor) continue
      items.push(entity)
      if (stamp > newest) newest = stamp
    }
    const requests = sweepRequests(sweep, items.length, account.countSeen(of, at), whole, first)
    for (let request = requests; request > 0; request--) call(purpose.reconciliation, at, name)
    for (const entity of items) {
      if (wanted) take(entity, at, first)
      readChildren(entity, at, plan)
    }
    if (!first) newest = Math.max(newest, hidden(of, at, plan))
    if (plan.comparesIds && wanted) findGone(of, at)
    if (sink !== null) sink({ k: "sweep", t: at, path: "webhook", who: name, found })
    sweptTo[of] = nextCursor(newest, at)
    nth[of]! += 1
  }

  /** The lists that the plain one hides: of entities marked as spam, and of deleted ones. */
  const hidden = (of: number, at: number, plan: SweepPlan): number => {
    const { name, sweep, wanted } = types[of]!
    const floor = wholeStamp(scenario, policy.readsFrom(sweptTo[of]!, overlapMs))
    let newest = 0
    if (sweep.hidden.includes("spam")) call(purpose.reconciliation, at, name)
    if (!sweep.hidden.includes("deleted")) return newest
    const items: Array<number> = []
    for (let entity = account.newest(of); entity !== -1; entity = account.before(entity)) {
      if (account.stamp[entity]! < floor) break
      if (account.stateSeen(entity, at) !== status.deleted) continue
      items.push(entity)
      newest = Math.max(newest, account.stampSeen(entity, at))
    }
    for (let page = pagesFor(items.length, sweep.perPage); page > 0; page--) call(purpose.reconciliation, at, name)
    for (const entity of items) {
      const [stamp, version] = [account.stampSeen(entity, at), account.versionSeen(entity, at)]
      if (wanted && receiver.foundDeleted(entity, stamp, version, at, Math.max(at, next))) found += 1
      readChildren(entity, at, plan)
    }
    return newest
  }

  /** An entity that a complete list lacks, although the state has it, is gone if the API says so. */
  const findGone = (of: number, at: number): void => {
    for (let entity = account.newest(of); entity !== -1; entity = account.before(entity)) {
      if (account.stateSeen(entity, at) === status.live || !receiver.knows(entity)) continue
      const readable = isReadable(receiver.stamp[entity]!, at + faults.skewMs, readableWithinMs)
      if (!policy.mayBeGone(receiver.isGone(entity), readable)) continue
      call(purpose.reconciliation, at, types[of]!.name)
      receiver.foundMissing(entity, account.versionSeen(entity, at), Math.max(at, next))
      found += 1
    }
  }

  return {
    forget: () => void readAt.fill(Number.NaN),
    sweep: (at) => {
      next = at
      for (const root of roots) sweepOne(root, at)
    }
  }
}
