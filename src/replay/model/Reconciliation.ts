/**
 * Reconciliation as a state machine: which requests each sweep makes, what it compares, and which dependants it reads
 * (reconciliation/Reconciliation.ts is the real one). A sweep looks at the account at one moment, and its calls go out
 * one after the other; where the account's limit holds it up, it looks again when it goes on.
 */
import type { HistorySink } from "../../domain/History.js"
import { meanInterval } from "../../domain/SweepInterval.js"
import {
  earlyMs,
  isReadable,
  nextCursor,
  nextSweepAt,
  type Policy,
  pagesFor,
  planSweep,
  restMs,
  sweepRequests,
  tellsOfNews,
  wholeTurns
} from "../../policy/index.js"
import { type Account, status } from "./Account.js"
import { type Calls, purpose } from "./Calls.js"
import { makeDependants } from "./Dependants.js"
import { taken } from "./Findings.js"
import { makeLists } from "./Lists.js"
import type { Receiver } from "./Receiver.js"
import { type Scenario, wholeStamp } from "./Scenario.js"
import { makeSweepCalls, type Steps, type SweepCalls } from "./SweepCalls.js"
import { makeSweepDepth } from "./SweepDepth.js"
import { childrenOf, rootsOf, type SweepRoot } from "./SweepRoots.js"

export interface Reconciliation {
  /** Begins a sweep of every list that is due; returns when it goes on, or null where it has ended. */
  readonly sweep: (at: number) => number | null
  /** Goes on with a sweep that waits for the limit. */
  readonly goOn: () => number | null
  /** When the next sweep begins, once one has ended. */
  readonly nextAt: () => number
  /** The process ends, and with it the knowledge of dependants that were read already. */
  readonly forget: () => void
  /** The receiver is back from an outage. */
  readonly cameBack: (at: number) => void
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

interface ListSweep {
  readonly sweep: (root: SweepRoot) => Steps
  readonly forget: () => void
  readonly cameBack: (at: number) => void
}

/** The sweep of one list, and of the dependants beneath it. */
const makeListSweep = (
  parts: ReconciliationParts,
  sweepCalls: SweepCalls,
  children: ReadonlyArray<ReadonlyArray<number>>
): ListSweep => {
  const { account, policy, receiver, scenario, sink } = parts
  const { entities, faults, types } = scenario
  const { overlapMs, readableWithinMs } = scenario.receiver
  const beganAt = wholeStamp(scenario, scenario.from)
  const sweptTo = new Float64Array(types.length).fill(Number.NaN)
  /** When its ids were last compared, or all of it was first read. */
  const comparedAt = new Float64Array(types.length).fill(Number.NaN)
  const nth = new Int32Array(types.length)
  const viewFound = new Uint8Array(types.length)
  const { make: callFor, next, now } = sweepCalls
  /** When the reading of the present list began. */
  let startedAt = 0
  let backAt = Number.NaN
  let found = 0

  const take = (entity: number, meetsThePast: boolean): boolean => {
    const what = receiver.found(
      entity,
      account.stampSeen(entity, now()),
      account.versionSeen(entity, now()),
      account.hiddenSeen(entity, now()),
      startedAt,
      next(),
      meetsThePast
    )
    if (what !== taken.nothing) found += 1
    return what === taken.news
  }
  /** Whether the state, before it takes up what a list shows, explains the stamp. */
  const isStampExplained = (entity: number): boolean =>
    receiver.touchedAt.length > 0 &&
    policy.isExplained(account.stampSeen(entity, now()), receiver.stamp[entity]!, receiver.touchedAt[entity]!)
  /** The same of the stamp, and of what the list tells of dependants. */
  const isExplained = (entity: number): boolean => {
    const { signs } = types[entities.type[entity]!]!.sweep.tells ?? { signs: [] }
    const since = depth.toldFrom()
    return (
      isStampExplained(entity) &&
      !signs.some((_, place) => tellsOfNews(account.told(entity, place + 1), receiver.told(entity, place + 1), since))
    )
  }

  const lists = makeLists(account, now)
  const depth = makeSweepDepth(types, { overlapMs, policy })
  const dependants = makeDependants({ scenario, account, children, calls: sweepCalls, depth, take })

  const sweepOne = function* (root: SweepRoot): Steps {
    const of = root.index
    const { name, sweep, wanted } = types[of]!
    startedAt = now()
    if (!parts.providerUp()) return sweepCalls.fail(name)
    const at = { startedAt, nth: nth[of]!, sweptTo: sweptTo[of]!, watchedSince: beganAt, backAt }
    depth.begin(root, at)
    const plan = planSweep(
      {
        ...at,
        wholeEvery: wholeTurns(sweep.wholeEvery, meanInterval(root.every)),
        walks: depth.walksAny(),
        unfilled: false,
        deletionsDue: false,
        comparedAt: comparedAt[of]!,
        wanted,
        overlapMs
      },
      policy.readsFrom
    )
    const { first, whole } = plan
    const floor = wholeStamp(scenario, Math.min(plan.from, depth.listedFrom()))
    let newest = first ? 0 : sweptTo[of]!
    found = 0
    yield* callFor(purpose.reconciliation, name, 1)
    const items = lists.items(of, floor, status.live, sweep.by === "timeFilter")
    // The list's items are taken down before the sweep may have to wait.
    newest = Math.max(newest, lists.reached(items, startedAt))
    const lacking = plan.comparesIds && wanted ? lists.lacking(of) : []
    const total = account.countSeen(of, now())
    const requests = sweepRequests(sweep, items.length, total, whole, viewFound[of] === 0)
    viewFound[of] = 1
    yield* callFor(purpose.reconciliation, name, requests - 1)
    const deep = children[of]!.length > 0
    for (const entity of items) {
      const explained = deep && isExplained(entity)
      const isNews = wanted && take(entity, first)
      if (isNews) dependants.foundNews(account.stampSeen(entity, now()), startedAt)
      if (deep) yield* dependants.read(of, entity, startedAt, explained)
    }
    if (!first) {
      yield* readHidden(of)
      newest = Math.max(newest, newestHidden)
    }
    yield* dependants.listEnds(of, startedAt)
    yield* findGone(of, lacking)
    if (sink !== null) sink({ k: "sweep", t: now(), path: "webhook", who: name, found })
    const cursor = nextCursor(newest, startedAt)
    depth.end(root, cursor, startedAt)
    dependants.sweepEnds(of)
    sweptTo[of] = cursor
    if ((first || plan.comparesIds) && wanted) comparedAt[of] = startedAt
    nth[of]! += 1
  }

  let newestHidden = 0
  /** The lists that the plain one hides: of entities marked as spam, and of deleted ones. */
  const readHidden = function* (of: number): Steps {
    const { name, sweep, wanted } = types[of]!
    const floor = wholeStamp(scenario, Math.min(policy.readsFrom(sweptTo[of]!, overlapMs), depth.listedFrom()))
    newestHidden = 0
    if (sweep.hidden.includes("spam")) yield* callFor(purpose.reconciliation, name, 1)
    if (!sweep.hidden.includes("deleted")) return
    yield* callFor(purpose.reconciliation, name, 1)
    const items = lists.items(of, floor, status.deleted, true)
    newestHidden = lists.reached(items, startedAt)
    yield* callFor(purpose.reconciliation, name, pagesFor(items.length, sweep.perPage) - 1)
    for (const entity of items) {
      const [stamp, version] = [account.stampSeen(entity, now()), account.versionSeen(entity, now())]
      const explained = isStampExplained(entity)
      const isNews = wanted && receiver.foundDeleted(entity, stamp, version, startedAt, next())
      if (isNews) {
        found += 1
        dependants.foundNews(stamp, startedAt)
      }
      yield* dependants.read(of, entity, startedAt, explained)
    }
  }

  /** An entity that a complete list lacks, although the state has it, is gone if the API says so. */
  const findGone = function* (of: number, lacking: ReadonlyArray<number>): Steps {
    for (const entity of lacking) {
      if (!receiver.knows(entity)) continue
      const readable = isReadable(receiver.stamp[entity]!, startedAt + faults.skewMs, readableWithinMs)
      if (!policy.mayBeGone(receiver.isGone(entity), readable)) continue
      yield* callFor(purpose.reconciliation, types[of]!.name, 1)
      receiver.foundMissing(entity, account.versionSeen(entity, now()), next())
      found += 1
    }
  }

  return {
    sweep: sweepOne,
    forget: () => {
      dependants.forget()
      viewFound.fill(0)
    },
    cameBack: (at) => {
      backAt = at
    }
  }
}

export const makeReconciliation = (parts: ReconciliationParts): Reconciliation => {
  const children = childrenOf(parts.scenario.types)
  const roots = rootsOf(parts.scenario)
  /** When each list is due. */
  const dueAt = new Float64Array(roots.length)
  const sweepCalls = makeSweepCalls(parts.calls)
  const list = makeListSweep(parts, sweepCalls, children)
  let underWay: Steps | null = null

  const sweepAll = function* (at: number): Steps {
    const due = roots.map((_, place) => dueAt[place]! <= at + earlyMs)
    for (const [place, root] of roots.entries()) if (due[place]) yield* list.sweep(root)
    for (const [place, { every }] of roots.entries()) if (due[place]) dueAt[place] = nextSweepAt(every, at)
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
      sweepCalls.forget()
      dueAt.fill(0)
      list.forget()
    },
    cameBack: list.cameBack,
    sweep: (at) => {
      sweepCalls.begin(at)
      underWay = sweepAll(at)
      return step()
    },
    goOn: () => (underWay === null ? null : step()),
    nextAt: () => sweepCalls.next() + restMs(Math.min(...dueAt), sweepCalls.next())
  }
}
