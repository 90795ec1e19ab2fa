/**
 * Which types a mirror's receiver reconciles beside those of the plan: the plan is made for handlers, and leaves a type
 * alone whose pollers go on polling, while programs that poll the mirror ask it for that type. Pure; spans in seconds.
 */
import type { SweepInterval } from "../../domain/SweepInterval.js"

export type AddedIntervals = ReadonlyMap<string, SweepInterval>

export interface AddedTypesInput {
  /** Types that requests lack. */
  readonly candidates: ReadonlyArray<string>
  /** The longest and cheapest interval at which each poller of the type keeps its goals; `null` where none does. */
  readonly intervalOf: (entity: string) => SweepInterval | null
  /** Of types that are added together: those of which a poller does not keep its goals. */
  readonly broken: (added: AddedIntervals) => ReadonlyArray<string>
  /** Calls of the whole way with these types besides; with none, those of the plan alone. */
  readonly callsWith: (added: AddedIntervals) => number
}

/** From all that keep the goals, types are left out for as long as that takes no more calls. */
export const addedTypes = ({ broken, callsWith, candidates, intervalOf }: AddedTypesInput): AddedIntervals => {
  let added: AddedIntervals = new Map(
    candidates.flatMap((entity) => {
      const every = intervalOf(entity)
      return every === null ? [] : [[entity, every] as const]
    })
  )
  // A program may ask for two types at once: with one of them gone, the other's pollers may wait longer.
  const kept = (some: AddedIntervals): AddedIntervals => {
    const out = some.size === 0 ? [] : broken(some)
    return out.length === 0 ? some : kept(without(some, out))
  }
  added = kept(added)
  if (added.size === 0) return added
  let calls = callsWith(added)
  for (let left = true; left && added.size > 0; ) {
    left = false
    for (const entity of added.keys()) {
      const fewer = kept(without(added, [entity]))
      const then = callsWith(fewer)
      if (then > calls) continue
      added = fewer
      calls = then
      left = true
      break
    }
  }
  return added
}

const without = (some: AddedIntervals, out: ReadonlyArray<string>): AddedIntervals =>
  new Map([...some].filter(([entity]) => !out.includes(entity)))
