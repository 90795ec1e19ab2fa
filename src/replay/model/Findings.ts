/** The modelled receiver's findings on an entity that a sweep has read (reconciliation/Findings.ts is the real one). */
import {
  endOfSecond,
  finding,
  findingByContent,
  findingByStamps,
  findingOfUnknown,
  hasMoved,
  shownUpTo
} from "../../policy/index.js"
import { type FoundEventsParts, makeFoundEvents } from "./FoundEvents.js"
import type { OutcomeScorer } from "./OutcomeScorer.js"

/** Outcomes of meeting an entity in a sweep. */
export const taken = {
  nothing: 0,
  /** Its stamp moved, and nothing else that the state has: a push may have told of why. */
  noted: 1,
  /** A change that no push has told, stored as an event. */
  news: 2
} as const

export interface Findings {
  /** Changes of fields that no push carries, as far as a read showed them; -1 where none did. */
  readonly hidden: Int32Array
  readonly counts: { stored: number; duplicates: number }
  /**
   * A sweep that looked then found an entity so, and told it at `at`; what came of that. A first sweep, and one of
   * dependants, meets the past, which it takes up without an event.
   */
  readonly found: (
    entity: number,
    stamp: number,
    version: number,
    hidden: number,
    lookedAt: number,
    at: number,
    meetsThePast: boolean
  ) => number
  /** A list of deleted ones shows it. */
  readonly foundDeleted: (entity: number, stamp: number, version: number, lookedAt: number, at: number) => boolean
  /** A finding that waited in its entity's lane moves the state. */
  readonly settle: (row: number, at: number) => void
  /** No list shows it any more, nor does it itself: its deletion has no moment. */
  readonly foundMissing: (entity: number, version: number, at: number) => void
}

export const makeFindings = (parts: FoundEventsParts & { readonly scorer: OutcomeScorer }): Findings => {
  const { scorer, sink, states, told } = parts
  const { entities, from, receiver } = parts.scenario
  const { gone, moment, stamp, version } = states
  const hidden = new Int32Array(entities.count).fill(-1)
  const beganAt = Math.floor(from / 1_000) * 1_000
  const { counts, put, settle } = makeFoundEvents(parts)
  const shownMoment = (to: number, lookedAt: number): number => shownUpTo(to, lookedAt, receiver.readableWithinMs)

  /** The state is noted without an event; whether its stamp moved. */
  const refresh = (entity: number, to: number, shownTo: number, at: number): boolean => {
    const moved = hasMoved(to, stamp[entity]!)
    moment[entity] = shownTo
    if (!moved) return false
    stamp[entity] = to
    if (sink !== null)
      sink({ k: "refreshed", t: at, entity: told.typeOf(entity), id: told.idOf(entity), updatedAt: to })
    scorer.arrived(entity, to, at, false, false)
    return true
  }

  const findingOf = (
    entity: number,
    to: number,
    is: number,
    behind: number,
    shownTo: number,
    past: boolean
  ): number => {
    const known = stamp[entity]!
    if (Number.isNaN(known))
      return findingOfUnknown(to, states.isNew(entity) ? Number.NaN : Number.NEGATIVE_INFINITY, beganAt, past)
    const first = findingByStamps(to, shownTo, false, known, gone[entity] === 1, true)
    if (first !== finding.compare) return first
    const differs = is !== version[entity] || (hidden[entity] !== -1 && behind !== hidden[entity])
    return findingByContent(to, shownTo, known, moment[entity]!, differs, true)
  }

  return {
    hidden,
    counts,
    settle,
    found: (entity, to, is, behind, lookedAt, at, meetsThePast) => {
      const shownTo = shownMoment(to, lookedAt)
      const what = findingOf(entity, to, is, behind, shownTo, meetsThePast)
      if (!(to < stamp[entity]!)) hidden[entity] = behind
      switch (what) {
        case finding.fill:
          stamp[entity] = to
          version[entity] = is
          moment[entity] = shownTo
          return taken.nothing
        case finding.create:
        case finding.update:
          return put(entity, to, is, shownTo, at, false, what === finding.create) ? taken.news : taken.nothing
        case finding.restore:
          return put(entity, to, is, hasMoved(to, stamp[entity]!) ? shownTo : endOfSecond(to), at, false)
            ? taken.news
            : taken.nothing
        case finding.refresh:
        case finding.confirm:
          return refresh(entity, to, shownTo, at) ? taken.noted : taken.nothing
        default:
          return taken.nothing
      }
    },
    foundDeleted: (entity, to, is, lookedAt, at) =>
      gone[entity] === 1 ? false : put(entity, to, is, shownMoment(to, lookedAt), at, true),
    foundMissing: (entity, is, at) => void put(entity, stamp[entity]!, is, endOfSecond(stamp[entity]!), at, true)
  }
}
