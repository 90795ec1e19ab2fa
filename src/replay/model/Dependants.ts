/** Dependants of an entity that a sweep has met, and theirs (receiver/reconciliation/Dependants.ts is the real one). */
import { isPushLost, isReadable, pagesFor, readsDependants } from "../../policy/index.js"
import { type Account, status } from "./Account.js"
import { purpose } from "./Calls.js"
import type { Scenario } from "./Scenario.js"
import type { Steps, SweepCalls } from "./SweepCalls.js"
import type { SweepDepth } from "./SweepDepth.js"

export interface Dependants {
  /** `explained`: events have told of the entity's stamp. `root`: the list's type. */
  readonly read: (root: number, entity: number, startedAt: number, explained: boolean) => Steps
  /** The list has come to its end: reads what was passed by, where a push turned out to be lost. */
  readonly listEnds: (root: number, startedAt: number) => Steps
  readonly sweepEnds: (root: number) => void
  /** The sweep found a change of this stamp that no push has told: lost, unless the push is still on its way. */
  readonly foundNews: (stamp: number, startedAt: number) => void
  /** The process ends: it knew which were read already. */
  readonly forget: () => void
}

export const makeDependants = (parts: {
  readonly scenario: Scenario
  readonly account: Account
  readonly children: ReadonlyArray<ReadonlyArray<number>>
  readonly calls: SweepCalls
  readonly depth: SweepDepth
  /** Whether the entity was news. */
  readonly take: (entity: number, meetsThePast: boolean) => boolean
}): Dependants => {
  const { account, calls, children, depth, scenario, take } = parts
  const { entities, types } = scenario
  const { readableWithinMs } = scenario.receiver
  /** By type of dependants: the stamp that a parent had when they were last read. */
  const readAt = types.map(({ sweep }) =>
    new Float64Array(sweep.parent?.which === "changed" ? entities.count : 0).fill(Number.NaN)
  )

  /** Those that were read too early to show all changes of their parent's stamp. */
  const readEarly = types.map((_, type) => new Uint8Array(readAt[type]!.length))
  /** Lists that the process has swept: of the others it does not know what was read beneath them. */
  const swept = new Uint8Array(types.length)
  /** Beneath parents with an explained stamp, in the sweep under way. */
  let passedBy: Array<{ readonly entity: number; readonly child: number }> = []
  let lost = false

  const isRead = (root: number, entity: number, child: number, explained: boolean): boolean => {
    if (types[child]!.sweep.parent?.which === "all") return depth.walks(child)
    const stamp = account.stampSeen(entity, calls.now())
    const lastRead = readAt[child]![entity]!
    if (readsDependants(stamp, depth.changedSince(child), lastRead)) return true
    if (!readsDependants(stamp, depth.toldSince(child), lastRead)) return false
    if (!explained || readEarly[child]![entity] === 1 || swept[root] === 0) return true
    passedBy.push({ entity, child })
    return false
  }

  const foundNews = (stamp: number, startedAt: number): void => {
    lost ||= isPushLost(stamp, startedAt + scenario.faults.skewMs, depth.every())
  }

  const readBeneath = function* (root: number, entity: number, child: number, startedAt: number): Steps {
    const type = types[child]!
    const all = type.sweep.parent?.which === "all"
    const stamp = account.stampSeen(entity, calls.now())
    const what = all ? purpose.reconciliation : purpose.hydration
    yield* calls.make(what, type.name, 1)
    const items: Array<number> = []
    for (let one = account.firstChild(entity); one !== -1; one = account.nextChild(one))
      if (entities.type[one] === child && account.stateSeen(one, calls.now()) === status.live) items.push(one)
    const stubs = type.sweep.stubs === true
    if (!stubs) yield* calls.make(what, type.name, pagesFor(items.length, type.sweep.perPage) - 1)
    for (const one of items) {
      if (stubs) yield* calls.make(what, type.name, 1)
      const isNews = type.wanted && take(one, true)
      if (isNews && !Number.isNaN(depth.toldSince(child))) foundNews(account.stampSeen(one, calls.now()), startedAt)
      if (children[child]!.length > 0) yield* read(root, one, startedAt, false)
    }
    if (all) return
    // A reply may be readable later than its ticket: dependants that were read too early are read once more.
    const readable = isReadable(stamp, startedAt, readableWithinMs)
    if (readable) readAt[child]![entity] = stamp
    readEarly[child]![entity] = readable ? 0 : 1
  }

  const read = function* (root: number, entity: number, startedAt: number, explained: boolean): Steps {
    for (const child of children[entities.type[entity]!]!)
      if (isRead(root, entity, child, explained)) yield* readBeneath(root, entity, child, startedAt)
  }

  const listEnds = function* (root: number, startedAt: number): Steps {
    const late = lost ? passedBy : []
    passedBy = []
    lost = false
    for (const { child, entity } of late) yield* readBeneath(root, entity, child, startedAt)
  }

  return {
    read,
    listEnds,
    foundNews,
    sweepEnds: (root) => {
      swept[root] = 1
    },
    forget: () => {
      for (const stamps of readAt) stamps.fill(Number.NaN)
      for (const early of readEarly) early.fill(0)
      swept.fill(0)
      passedBy = []
      lost = false
    }
  }
}
