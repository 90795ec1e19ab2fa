/** Which lists reconciliation reads, how often, and which types lie beneath each. */
import { type SweptRoot, sweepSchedule } from "../../providers/index.js"
import type { EntityTypeSpec, Scenario } from "./Scenario.js"

/** Indexes of the types beneath each type, as far as they are wanted or lead to one that is. */
export const childrenOf = (types: ReadonlyArray<EntityTypeSpec>): ReadonlyArray<ReadonlyArray<number>> => {
  const all = types.map((_, index) => types.flatMap((type, child) => (type.parent === index ? [child] : [])))
  const isNeeded = (index: number): boolean => types[index]!.wanted || all[index]!.some(isNeeded)
  return all.map((children) => children.filter(isNeeded))
}

/** A list, with the indexes of its types. */
export interface SweepRoot extends Pick<SweptRoot, "every" | "walks"> {
  readonly index: number
  /** Dependants beneath it that are looked after, and how often those are read that are read more seldom; else NaN. */
  readonly dependants: ReadonlyArray<{ readonly index: number; readonly slower: number }>
}

/** Types that are listed by themselves, in the order of their names. */
export const rootsOf = ({ receiver, types }: Pick<Scenario, "receiver" | "types">): ReadonlyArray<SweepRoot> => {
  const sweeps = Object.fromEntries(types.map(({ name, sweep }) => [name, sweep]))
  const indexOf = (name: string): number => types.findIndex((type) => type.name === name)
  const wanted = types.filter((type) => type.wanted).map(({ name }) => name)
  return sweepSchedule({ sweeps }, wanted, receiver.reconcileMs, receiver.own).map((swept) => ({
    index: indexOf(swept.root),
    every: swept.every,
    walks: swept.walks,
    dependants: swept.wanted
      .filter((name) => name !== swept.root)
      .map((name) => ({ index: indexOf(name), slower: swept.slower[name] ?? Number.NaN }))
  }))
}
