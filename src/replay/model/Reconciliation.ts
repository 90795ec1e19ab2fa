/**
 * Reconciliation as a state machine: what each sweep lists by the means that the provider's API has, what it compares, and
 * which dependants it reads (receiver/reconciliation/Reconciliation.ts is the real one). A sweep looks at the account at one
 * moment; its calls go out one after the other.
 */
import type { HistorySink } from "../../domain/History.js"
import { pagesFor, sweepPages } from "../../providers/index.js"
import { type Account, status } from "./Account.js"
import { type Calls, purpose } from "./Calls.js"
import type { Receiver } from "./Receiver.js"
import type { Rules } from "./Rules.js"
import { type Scenario, wholeStamp } from "./Scenario.js"

export interface Reconciliation {
  /** One sweep of every list. */
  readonly sweep: (at: number) => void
  /** The process ends: what it knew of dependants that were read already is lost. */
  readonly forget: () => void
}

export const makeReconciliation = (parts: {
  readonly scenario: Scenario
  readonly account: Account
  readonly receiver: Receiver
  readonly calls: Calls
  readonly rules: Rules
  readonly providerUp: () => boolean
  readonly sink: HistorySink | null
}): Reconciliation => {
  const { account, calls, receiver, rules, scenario, sink } = parts
  const { entities, faults, types } = scenario
  const { overlapMs, readableWithinMs, reconcileMs } = scenario.receiver
  const children = types.map((_, index) => types.flatMap((type, child) => (type.parent === index ? [child] : [])))
  const isNeeded = (index: number): boolean => types[index]!.wanted || children[index]!.some(isNeeded)
  /** Those that are listed by themselves, in the order of their names. */
  const roots = types
    .map((type, index) => ({ type, index }))
    .filter(({ index, type }) => type.parent === -1 && isNeeded(index))
    .sort((a, b) => (a.type.name < b.type.name ? -1 : 1))
  /** In every which sweep all parents are walked, because nothing shows which have news beneath them; 0: never. */
  const walksEvery = roots.map(({ index }) =>
    types.reduce((least, type) => {
      const every = type.parent === index && type.sweep.parent?.which === "all" ? type.sweep.parent.every : 0
      return every > 0 && (least === 0 || every < least) ? every : least
    }, 0)
  )
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

  const readChildren = (entity: number, at: number, walking: boolean): void => {
    for (const child of children[entities.type[entity]!]!) {
      const type = types[child]!
      if (!isNeeded(child)) continue
      const all = type.sweep.parent?.which === "all"
      const stamp = account.stampSeen(entity, at)
      if (all ? !walking : readAt[entity] === stamp) continue
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
        readChildren(one, at, walking)
      }
      // A reply may be readable later than its ticket: what was read too early is read once more.
      if (!all && at - stamp >= readableWithinMs) readAt[entity] = stamp
    }
  }

  const sweepOne = (of: number, walks: number, at: number): void => {
    const { name, sweep, wanted } = types[of]!
    if (!parts.providerUp()) {
      next = calls.make(purpose.reconciliation, Math.max(at, next), name, 503, at)
      return
    }
    const first = Number.isNaN(sweptTo[of]!)
    const turn = nth[of]!
    const walking = walks > 0 && turn % walks === 0
    const whole = first || walking || (sweep.wholeEvery !== null && turn % sweep.wholeEvery === 0)
    const since = whole ? Number.NEGATIVE_INFINITY : rules.sweepsFrom(sweptTo[of]!, overlapMs)
    const floor = wholeStamp(scenario, since)
    const deepFrom = first ? at - reconcileMs : sweptTo[of]! - overlapMs
    let newest = first ? 0 : sweptTo[of]!
    let listed = 0
    found = 0
    const items: Array<number> = []
    for (let entity = account.newest(of); entity !== -1; entity = account.before(entity)) {
      if (account.stamp[entity]! < floor) break
      if (account.stateSeen(entity, at) !== status.live) continue
      const stamp = account.stampSeen(entity, at)
      if (stamp < floor) continue
      listed += 1
      items.push(entity)
      if (stamp > newest) newest = stamp
    }
    const total = account.countSeen(of, at)
    const pages = sweepPages(sweep, whole ? total : listed, whole)
    // Newest first it reads on until it meets what it knows, and then its front once more.
    const inView = pagesFor(total, sweep.perPage)
    const read =
      sweep.by === "newestFirst" ? Math.min(inView, whole ? inView : pagesFor(listed + 1, sweep.perPage)) : pages
    const again = sweep.by === "newestFirst" && read > 1 ? 1 : 0
    const views = sweep.by === "newestFirst" && first ? 1 : 0
    for (let page = read + again + views + (sweep.lists ?? 1) - 1; page > 0; page--)
      call(purpose.reconciliation, at, name)
    for (const entity of items) {
      if (wanted) take(entity, at, first)
      if (walking || account.stampSeen(entity, at) >= deepFrom) readChildren(entity, at, walking)
    }
    if (!first) newest = Math.max(newest, hidden(of, at, walking))
    if (whole && sweep.wholeEvery !== null && !first && wanted) findGone(of, at)
    if (sink !== null) sink({ k: "sweep", t: at, path: "webhook", who: name, found })
    sweptTo[of] = newest === 0 ? at : newest
    nth[of] = turn + 1
  }

  /** The lists that the plain one hides: of what was marked as spam, and of what was deleted. */
  const hidden = (of: number, at: number, walking: boolean): number => {
    const { name, sweep, wanted } = types[of]!
    const floor = wholeStamp(scenario, rules.sweepsFrom(sweptTo[of]!, overlapMs))
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
      readChildren(entity, at, walking)
    }
    return newest
  }

  /** What a whole list does not have any more, although the state does, is gone if the API says so. */
  const findGone = (of: number, at: number): void => {
    for (let entity = account.newest(of); entity !== -1; entity = account.before(entity)) {
      if (account.stateSeen(entity, at) === status.live || !receiver.knows(entity) || receiver.isGone(entity)) continue
      // What was pushed just now may be readable later: the next comparison tells.
      if (at + faults.skewMs - receiver.stamp[entity]! < readableWithinMs) continue
      call(purpose.reconciliation, at, types[of]!.name)
      receiver.foundMissing(entity, account.versionSeen(entity, at), Math.max(at, next))
      found += 1
    }
  }

  return {
    forget: () => void readAt.fill(Number.NaN),
    sweep: (at) => {
      next = at
      for (const [place, { index }] of roots.entries()) sweepOne(index, walksEvery[place]!, at)
    }
  }
}
