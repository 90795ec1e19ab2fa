/**
 * Holds both paths against the truth while it happens. Of each entity only the changes that somebody still waits for
 * are kept, so that the room it takes goes with the entities, not with the changes. The words are the wire replay's
 * (../wire/PathDiff.ts). Some 30 ns a change and path.
 */
import { widened } from "./columns.js"
import { type LagHistogram, makeLagHistogram } from "./LagHistogram.js"
import { action, covered, type Scenario } from "./Scenario.js"

export interface OutcomeScorer {
  readonly changed: (entity: number, stamp: number, at: number, what: number, flags: number) => void
  /** A replaced poller saw a version that it had not seen. */
  readonly polled: (entity: number, stamp: number, at: number) => void
  /** The receiver's state moved, by an event that was not late. */
  readonly arrived: (entity: number, stamp: number, at: number, byPush: boolean, deletion: boolean) => void
  /** A reply's event told that its ticket's stamp moved. */
  readonly touched: (entity: number, stamp: number, at: number, byPush: boolean) => void
  /** Changes that no path brought, once all has settled. `held` says whether the receiver's state is as new. */
  readonly close: (held: (entity: number, stamp: number, isDeletion: boolean) => boolean) => void
  readonly polling: { seen: number; collapsed: number; missed: number; readonly lags: ReadonlyArray<LagHistogram> }
  readonly webhook: {
    pushed: number
    recovered: number
    uncovered: number
    missed: number
    readonly lags: ReadonlyArray<LagHistogram>
  }
}

/** Changes that are waited for: a chain for each entity, the oldest first, of slots that are used again. */
const makeWaiting = (entities: number) => {
  let capacity = 1_024
  const first = new Int32Array(entities).fill(-1)
  const last = new Int32Array(entities).fill(-1)
  let next = new Int32Array(capacity)
  let stamp = new Float64Array(capacity)
  let at = new Float64Array(capacity)
  let what = new Uint8Array(capacity)
  let flags = new Uint8Array(capacity)
  let used = 0
  let free = -1

  const grow = (): void => {
    capacity *= 2
    next = widened(new Int32Array(capacity), next)
    stamp = widened(new Float64Array(capacity), stamp)
    at = widened(new Float64Array(capacity), at)
    what = widened(new Uint8Array(capacity), what)
    flags = widened(new Uint8Array(capacity), flags)
  }

  return {
    first,
    nextOf: (slot: number): number => next[slot]!,
    stampOf: (slot: number): number => stamp[slot]!,
    atOf: (slot: number): number => at[slot]!,
    whatOf: (slot: number): number => what[slot]!,
    flagsOf: (slot: number): number => flags[slot]!,
    add: (entity: number, moment: number, when: number, kind: number, marks: number): void => {
      let slot = free
      if (slot === -1) {
        if (used === capacity) grow()
        slot = used++
      } else free = next[slot]!
      next[slot] = -1
      stamp[slot] = moment
      at[slot] = when
      what[slot] = kind
      flags[slot] = marks
      const end = last[entity]!
      if (end === -1) first[entity] = slot
      else next[end] = slot
      last[entity] = slot
    },
    /** Takes a slot out; `before` is the one in front of it, or -1. */
    remove: (entity: number, slot: number, before: number): void => {
      const after = next[slot]!
      if (before === -1) first[entity] = after
      else next[before] = after
      if (after === -1) last[entity] = before
      next[slot] = free
      free = slot
    }
  }
}

export const makeOutcomeScorer = ({ entities, pollers, types }: Scenario): OutcomeScorer => {
  const forPolls = makeWaiting(entities.count)
  const forPushes = makeWaiting(entities.count)
  const lagsOf = () => types.map(() => makeLagHistogram())
  const polling = { seen: 0, collapsed: 0, missed: 0, lags: lagsOf() }
  const webhook = { pushed: 0, recovered: 0, uncovered: 0, missed: 0, lags: lagsOf() }
  const wanted = types.map((type) => type.wanted)
  const { type } = entities
  // Without pollers there is nothing to hold, however many changes there are.
  const anyPolls = pollers.some(({ mode, replaced }) => replaced && mode !== "blind")

  /** Something else than its own delivery brought it. */
  const byOther = (slot: number): void => {
    if ((forPushes.flagsOf(slot) & covered) !== 0) webhook.recovered += 1
    else webhook.uncovered += 1
  }
  const bring = (entity: number, slot: number, before: number, at: number, byOwn: boolean): void => {
    if (byOwn) webhook.pushed += 1
    else byOther(slot)
    webhook.lags[type[entity]!]!.add(at - forPushes.atOf(slot))
    forPushes.remove(entity, slot, before)
  }

  return {
    polling,
    webhook,
    changed: (entity, stamp, at, what, flags) => {
      if (!wanted[type[entity]!]!) return
      if (anyPolls) forPolls.add(entity, stamp, at, what, flags)
      forPushes.add(entity, stamp, at, what, flags)
    },
    polled: (entity, stamp, at) => {
      for (let slot = forPolls.first[entity]!; slot !== -1; slot = forPolls.first[entity]!) {
        const moment = forPolls.stampOf(slot)
        if (moment > stamp) return
        if (moment === stamp && forPolls.whatOf(slot) !== action.delete) {
          polling.seen += 1
          polling.lags[type[entity]!]!.add(at - forPolls.atOf(slot))
        } else polling.collapsed += 1
        forPolls.remove(entity, slot, -1)
      }
    },
    arrived: (entity, stamp, at, byPush, deletion) => {
      let before = -1
      for (let slot = forPushes.first[entity]!; slot !== -1; ) {
        const after = forPushes.nextOf(slot)
        const moment = forPushes.stampOf(slot)
        // Nothing comes after a deletion, whatever stamp it has.
        if (moment > stamp && !deletion) {
          before = slot
          slot = after
          continue
        }
        bring(entity, slot, before, at, byPush && moment === stamp)
        slot = after
      }
    },
    touched: (entity, stamp, at, byPush) => {
      let before = -1
      for (let slot = forPushes.first[entity]!; slot !== -1; ) {
        const after = forPushes.nextOf(slot)
        if (forPushes.whatOf(slot) !== action.touch || forPushes.stampOf(slot) !== stamp) {
          before = slot
          slot = after
          continue
        }
        bring(entity, slot, before, at, byPush)
        slot = after
      }
    },
    close: (held) => {
      for (let entity = 0; entity < entities.count; entity++) {
        for (let slot = forPolls.first[entity]!; slot !== -1; slot = forPolls.nextOf(slot)) {
          if (forPolls.nextOf(slot) === -1) polling.missed += 1
          else polling.collapsed += 1
        }
        for (let slot = forPushes.first[entity]!; slot !== -1; slot = forPushes.nextOf(slot)) {
          if (!held(entity, forPushes.stampOf(slot), forPushes.whatOf(slot) === action.delete)) webhook.missed += 1
          else byOther(slot)
        }
      }
    }
  }
}
