/** Which lists reconciliation reads, and which types lie beneath each. */
import type { EntityTypeSpec } from "./Scenario.js"

/** Indexes of the types beneath each type, as far as they are wanted or lead to one that is. */
export const childrenOf = (types: ReadonlyArray<EntityTypeSpec>): ReadonlyArray<ReadonlyArray<number>> => {
  const all = types.map((_, index) => types.flatMap((type, child) => (type.parent === index ? [child] : [])))
  const isNeeded = (index: number): boolean => types[index]!.wanted || all[index]!.some(isNeeded)
  return all.map((children) => children.filter(isNeeded))
}

export interface SweepRoot {
  readonly index: number
  /** In every which sweep all parents are walked, because nothing shows which have news beneath them; `null`: never. */
  readonly walks: number | null
}

/** Types that are listed by themselves, in the order of their names. */
export const rootsOf = (types: ReadonlyArray<EntityTypeSpec>, children: ReadonlyArray<ReadonlyArray<number>>) =>
  types
    .flatMap(({ parent, wanted }, index): ReadonlyArray<SweepRoot> => {
      if (parent !== -1 || (!wanted && children[index]!.length === 0)) return []
      const turns = types.flatMap((type) =>
        type.parent === index && type.sweep.parent?.which === "all" ? [type.sweep.parent.every] : []
      )
      return [{ index, walks: turns.length === 0 ? null : Math.min(...turns) }]
    })
    .sort((a, b) => (types[a.index]!.name < types[b.index]!.name ? -1 : 1))
