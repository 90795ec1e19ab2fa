/**
 * The schedule of sweeps: how often each list is read, and beneath it which dependants. The receiver sweeps by it
 * and the forecast counts by it. Pure; spans keep the unit of their input.
 */
import { atMost, convertInterval, longestGap, type SweepInterval, shortestGap } from "../domain/SweepInterval.js"
import { type Provider, rootsOf, walksEvery } from "./Provider.js"

/** How often a type is reconciled where that is set apart from the others; "off" for never. */
export type OwnIntervals = Readonly<Record<string, SweepInterval | "off">>

/** The same intervals in another unit. */
export const convertIntervals = (own: OwnIntervals, convert: (every: number) => number): OwnIntervals =>
  Object.fromEntries(
    Object.entries(own).map(([entity, every]) => [entity, every === "off" ? every : convertInterval(every, convert)])
  )

/** The longest interval of any type. */
export const slowestInterval = (every: number, own: OwnIntervals): number =>
  Math.max(every, ...Object.values(own).flatMap((interval) => (interval === "off" ? [] : [longestGap(interval)])))

/** The type beneath whose list a type is read, so that it can have no busy hours of its own; `null` for a list. */
export const listAbove = (provider: Pick<Provider, "sweeps">, entity: string): string | null =>
  provider.sweeps[entity]?.parent === undefined ? null : (rootsOf(provider, [entity])[0] ?? null)

/** Why such a type cannot have busy hours, behind its name. */
export const hoursBeneath = (list: string): string =>
  `has busy hours, but is read with the list of ${list}: give ${list} the hours, or it a plain interval`

export interface SweptRoot {
  readonly root: string
  /** How often its list is read: as often as the most urgent of its types asks for. */
  readonly every: SweepInterval
  /** Types that are looked after beneath it, itself included. */
  readonly wanted: ReadonlyArray<string>
  /** In every which of its sweeps the dependants of all parents are read; `null`: never by count. */
  readonly walks: number | null
  /** Dependants that are read more seldom than the list, and how often. */
  readonly slower: Readonly<Record<string, number>>
}

/** The entity types of a product that reconciliation can sweep. */
export const sweepable = (provider: Pick<Provider, "sweeps">, entities: Iterable<string>): ReadonlyArray<string> =>
  [...new Set(entities)].filter((entity) => provider.sweeps[entity] !== undefined).sort()

/** The swept types, after settings add to the wanted ones or take some out. */
export const withOwn = (
  provider: Pick<Provider, "sweeps">,
  entities: Iterable<string>,
  own: OwnIntervals
): ReadonlyArray<string> =>
  sweepable(provider, [...entities, ...Object.keys(own)]).filter((entity) => own[entity] !== "off")

export const sweepSchedule = (
  provider: Pick<Provider, "sweeps">,
  entities: Iterable<string>,
  every: number,
  own: OwnIntervals = {}
): ReadonlyArray<SweptRoot> => {
  const all = sweepable(provider, entities)
  return rootsOf(provider, all).map((root) => {
    const wanted = all.filter((entity) => rootsOf(provider, [entity])[0] === root)
    // Dependants are read with their list: busy hours are the list's.
    const ownOf = (entity: string): number | undefined => {
      const set = own[entity]
      return set === undefined || set === "off" ? undefined : longestGap(set)
    }
    const set = own[root]
    const listed = set === undefined || set === "off" ? every : set
    const often = wanted
      .filter((entity) => entity !== root)
      .reduce<SweepInterval>(
        (most, entity) => atMost(most, ownOf(entity) ?? every),
        wanted.includes(root) ? listed : Number.POSITIVE_INFINITY
      )
    const slower: Record<string, number> = {}
    for (const entity of wanted) {
      const parent = provider.sweeps[entity]?.parent
      if (parent === undefined) continue
      const counted = parent.which === "all" && ownOf(entity) === undefined && often === every
      const span = ownOf(entity) ?? every * (parent.which === "all" ? parent.every : 1)
      if (!counted && span > shortestGap(often)) slower[entity] = span
    }
    const byCount = wanted.filter((entity) => slower[entity] === undefined)
    const unset = byCount.filter((entity) => ownOf(entity) === undefined)
    const atEach = byCount.some(
      (entity) => provider.sweeps[entity]?.parent?.which === "all" && ownOf(entity) !== undefined
    )
    return { root, every: often, wanted, walks: atEach ? 1 : walksEvery(provider, unset), slower }
  })
}
