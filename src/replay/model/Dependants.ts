/** Dependants of an entity that a sweep has met, and theirs (receiver/reconciliation/Dependants.ts is the real one). */
import { isReadable, pagesFor, readsDependants } from "../../policy/index.js"
import { type Account, status } from "./Account.js"
import { purpose } from "./Calls.js"
import type { Scenario } from "./Scenario.js"
import type { Steps, SweepCalls } from "./SweepCalls.js"
import type { SweepDepth } from "./SweepDepth.js"

export interface Dependants {
  readonly read: (entity: number, startedAt: number) => Steps
  /** The process ends: it knew which were read already. */
  readonly forget: () => void
}

export const makeDependants = (parts: {
  readonly scenario: Scenario
  readonly account: Account
  readonly children: ReadonlyArray<ReadonlyArray<number>>
  readonly calls: SweepCalls
  readonly depth: SweepDepth
  readonly take: (entity: number, meetsThePast: boolean) => void
}): Dependants => {
  const { account, calls, children, depth, scenario, take } = parts
  const { entities, types } = scenario
  const { readableWithinMs } = scenario.receiver
  /** By type of dependants: the stamp that a parent had when they were last read. */
  const readAt = types.map(({ sweep }) =>
    new Float64Array(sweep.parent?.which === "changed" ? entities.count : 0).fill(Number.NaN)
  )

  const read = function* (entity: number, startedAt: number): Steps {
    for (const child of children[entities.type[entity]!]!) {
      const type = types[child]!
      const all = type.sweep.parent?.which === "all"
      const stamp = account.stampSeen(entity, calls.now())
      if (all ? !depth.walks(child) : !readsDependants(stamp, depth.changedSince(child), readAt[child]![entity]!))
        continue
      const what = all ? purpose.reconciliation : purpose.hydration
      yield* calls.make(what, type.name, 1)
      const items: Array<number> = []
      for (let one = account.firstChild(entity); one !== -1; one = account.nextChild(one))
        if (entities.type[one] === child && account.stateSeen(one, calls.now()) === status.live) items.push(one)
      const stubs = type.sweep.stubs === true
      if (!stubs) yield* calls.make(what, type.name, pagesFor(items.length, type.sweep.perPage) - 1)
      for (const one of items) {
        if (stubs) yield* calls.make(what, type.name, 1)
        if (type.wanted) take(one, true)
        if (children[child]!.length > 0) yield* read(one, startedAt)
      }
      // A reply may be readable later than its ticket: dependants that were read too early are read once more.
      if (!all && isReadable(stamp, startedAt, readableWithinMs)) readAt[child]![entity] = stamp
    }
  }

  return {
    read,
    forget: () => {
      for (const stamps of readAt) stamps.fill(Number.NaN)
    }
  }
}
