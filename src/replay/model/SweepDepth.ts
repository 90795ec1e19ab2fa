/** Which dependants a sweep of a list reads, and how far those have come that are read more seldom than it. */
import { longestGap, shortestGap } from "../../domain/SweepInterval.js"
import { dependantsSince, type Policy, readsDeepFrom, walksDependants } from "../../policy/index.js"
import type { EntityTypeSpec } from "./Scenario.js"
import type { SweepRoot } from "./SweepRoots.js"

export interface SweepDepth {
  /** By type: its dependants are read of all parents. */
  readonly walks: (type: number) => boolean
  /** By type: its dependants are read of parents that changed since then; NaN where they are not. */
  readonly changedSince: (type: number) => number
  /** By type: its dependants are read of parents that changed since then, where a sign says so; NaN else. */
  readonly toldSince: (type: number) => number
  /** The earliest of these moments; NaN where no sign is asked for. */
  readonly toldFrom: () => number
  /** How often the list is swept, at its most frequent. */
  readonly every: () => number
  /** Some are read of all parents, so that the list has to be whole. */
  readonly walksAny: () => boolean
  /** The earliest moment from which the list has to be read for those that are read more seldom. */
  readonly listedFrom: () => number
  /** Decides for the sweep that begins now. */
  readonly begin: (
    root: SweepRoot,
    at: {
      readonly startedAt: number
      readonly nth: number
      readonly sweptTo: number
      readonly watchedSince: number
      /** When the receiver last came back from an outage; NaN for never. */
      readonly backAt: number
    }
  ) => void
  /** The sweep has come to its end. */
  readonly end: (root: SweepRoot, cursor: number, startedAt: number) => void
}

export const makeSweepDepth = (
  types: ReadonlyArray<EntityTypeSpec>,
  { overlapMs, policy }: { readonly overlapMs: number; readonly policy: Policy }
): SweepDepth => {
  const walked = new Uint8Array(types.length)
  const since = new Float64Array(types.length).fill(Number.NaN)
  const toldSince = new Float64Array(types.length).fill(Number.NaN)
  /** Of those that are read more seldom than their list. */
  const sweptTo = new Float64Array(types.length).fill(Number.NaN)
  const lastAt = new Float64Array(types.length).fill(Number.NaN)
  let everyMs = 0
  let walksAny = false
  let listedFrom = Number.POSITIVE_INFINITY

  const walk = (type: number): void => {
    walksAny = true
    // Those on the way to it as well.
    for (let at = type; at !== -1 && types[at]!.sweep.parent !== undefined; at = types[at]!.parent) walked[at] = 1
  }

  return {
    walks: (type) => walked[type] === 1,
    changedSince: (type) => since[type]!,
    toldSince: (type) => toldSince[type]!,
    toldFrom: () =>
      toldSince.reduce((first, since) => (since < first || Number.isNaN(first) ? since : first), Number.NaN),
    every: () => everyMs,
    walksAny: () => walksAny,
    listedFrom: () => listedFrom,
    begin: ({ dependants, every, walks }, { backAt, nth, startedAt, sweptTo: cursor, watchedSince }) => {
      const deepFrom = readsDeepFrom(
        { sweptTo: cursor, watchedSince, startedAt, everyMs: longestGap(every), overlapMs },
        policy.readsFrom
      )
      everyMs = shortestGap(every)
      walked.fill(0)
      since.fill(Number.NaN)
      toldSince.fill(Number.NaN)
      walksAny = false
      listedFrom = Number.POSITIVE_INFINITY
      for (const { index, slower } of dependants) {
        const { parent, told } = types[index]!
        const isTold = told === true && types[parent]!.wanted
        const turn = {
          // After an outage they are read beneath all that changed since the last sweep: their turn may wait.
          backAt: isTold ? Number.NaN : backAt,
          slowerMs: slower,
          everyMs,
          lastAt: lastAt[index]!,
          sweptTo: sweptTo[index]!,
          startedAt
        }
        if (types[index]!.sweep.parent!.which === "all") {
          if (walksDependants(turn, nth, walks)) walk(index)
          continue
        }
        const from = dependantsSince(turn, deepFrom, overlapMs, policy.readsFrom)
        since[index] = from
        if (Number.isNaN(from) && isTold) toldSince[index] = deepFrom
        if (!Number.isNaN(slower) && from < listedFrom) listedFrom = from
      }
    },
    end: ({ dependants }, cursor, startedAt) => {
      for (const { index, slower } of dependants) {
        const apart = !Number.isNaN(slower) && (walked[index] === 1 || !Number.isNaN(since[index]!))
        if (apart) sweptTo[index] = cursor
        if (apart || walked[index] === 1) lastAt[index] = startedAt
      }
    }
  }
}
