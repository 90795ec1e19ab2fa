/**
 * The receiver's entity states, a column for each property, moved by events (receiver/inbox/EntityStates.ts is the real
 * one). An event that is applied costs some 50 ns.
 */
import type { HistorySink } from "../../domain/History.js"
import { hasMoved, type Policy, told, transition, versionOfThin } from "../../policy/index.js"
import type { OutcomeScorer } from "./OutcomeScorer.js"
import { eventKindOf, makeRouteTellings, type RouteTellings } from "./RouteTellings.js"
import { routesIn, type Scenario } from "./Scenario.js"
import { look, makeTellers } from "./Tellers.js"
import type { Told } from "./Told.js"

export interface EntityColumns {
  /** NaN for an entity that is not known. */
  readonly stamp: Float64Array
  readonly moment: Float64Array
  readonly version: Int32Array
  readonly gone: Uint8Array
  /** The newest stamp with which an event of a dependant came; NaN for none. Empty where no sweep asks for it. */
  readonly touchedAt: Float64Array
  /** By entity and field of an embed: the newest dependant of which it tells that an event told; NaN for none. */
  readonly told: (entity: number, tell: number) => number
  readonly counts: { duplicates: number; applied: number }
  /** Whether it was created within the window. */
  readonly isNew: (entity: number) => boolean
  /**
   * An event that a push told, unless another event has told of its change. `is` is the version of its content, `named`
   * the one that it was made for; `shows`: there is content, `hiddenNews`: so many more changes of fields that no push
   * carries than were known. `by`: the kind of look.
   */
  readonly pushed: (
    entity: number,
    to: number,
    at: number,
    is: number,
    named: number,
    says: boolean,
    when: number,
    shows: boolean,
    by: number,
    hiddenNews: number,
    key: string
  ) => void
  /** An event that a sweep found. */
  readonly found: (
    entity: number,
    to: number,
    at: number,
    is: number,
    says: boolean,
    when: number,
    creation: boolean,
    key: string
  ) => void
  /** The same, where the state has moved since the sweep looked: another event may have told of it. */
  readonly foundBefore: EntityColumns["found"]
}

/** In place of a version: the thin event of a deletion. */
const thinDeletion = versionOfThin(false, true)

export const makeEntityColumns = (parts: {
  readonly scenario: Scenario
  readonly scorer: OutcomeScorer
  readonly policy: Policy
  readonly sink: HistorySink | null
  readonly told: Told
  readonly createdAt: (entity: number) => number
}): EntityColumns => {
  const { createdAt, scorer, policy, sink, told: names } = parts
  const { entities, types } = parts.scenario
  const stamp = new Float64Array(entities.count).fill(Number.NaN)
  const moment = new Float64Array(entities.count).fill(Number.NaN)
  const version = new Int32Array(entities.count)
  const gone = new Uint8Array(entities.count)
  const touchedAt = new Float64Array(types.some(({ told: isTold }) => isTold === true) ? entities.count : 0)
  touchedAt.fill(Number.NaN)
  const fields = touchedAt.length === 0 ? 0 : Math.max(0, ...types.map(({ sweep }) => sweep.tells?.signs.length ?? 0))
  const toldAt = new Float64Array(fields * entities.count).fill(Number.NaN)
  const tellers = makeTellers(entities.count, policy, sink !== null)
  const counts = { duplicates: 0, applied: 0 }
  const routeTellings =
    routesIn(parts.scenario).length === 1 ? null : makeRouteTellings(parts.scenario.receiver.rememberMs, sink !== null)

  const isNew = (entity: number): boolean => Number.isNaN(entities.stamp[entity]!)
  const isCreation = (entity: number, named: number): boolean => named === 1 && isNew(entity)

  /** That a dependant's deletion moves its parent's stamp is not documented. */
  const touch = (entity: number, to: number): void => {
    const of = entities.parent[entity]!
    if (of === -1 || Number.isNaN(stamp[of]!) || !types[entities.type[entity]!]!.touches) return
    if (!(touchedAt[of]! >= to)) touchedAt[of] = to
    const tell = entities.tell?.[entity] ?? 0
    const place = of * fields + tell - 1
    if (tell > 0 && !(toldAt[place]! >= createdAt(entity))) toldAt[place] = createdAt(entity)
  }

  /** Its change has been told of: a newer stamp with its content, a first content, or a newer moment is taken up. */
  const takeUp = (entity: number, to: number, is: number, shows: boolean, when: number, at: number): void => {
    const known = stamp[entity]!
    const isFirst = version[entity] === 0
    if (shows && gone[entity] === 0 && (isFirst || hasMoved(to, known))) version[entity] = is
    if (hasMoved(to, known)) {
      stamp[entity] = to
      tellers.moved(entity, to)
      moment[entity] = when
      sink?.({ k: "refreshed", t: at, entity: names.typeOf(entity), id: names.idOf(entity), updatedAt: to })
    } else if (to === known && !(when <= moment[entity]!) && !Number.isNaN(when)) moment[entity] = when
  }

  const isDuplicate = (
    entity: number,
    to: number,
    is: number,
    creation: boolean,
    says: boolean,
    when: number,
    at: number,
    shows: boolean,
    by: number,
    hiddenNews: number
  ): boolean => {
    const known = stamp[entity]!
    if (Number.isNaN(known)) return false
    const first = tellers.of(entity, creation, says, to, known, gone[entity] === 1, by)
    if (first === told.news) return false
    // A thin event whose entity could not be fetched any more has no content that could differ.
    const isOther = shows ? is !== version[entity] || hiddenNews !== 0 : by !== look.item
    if ((first & told.ifSame) !== 0 && isOther) return false
    takeUp(entity, to, is, shows, when, at)
    counts.duplicates += 1
    sink?.({ k: "duplicate", t: at, key: tellers.keyOf(entity, (first & told.creation) !== 0) })
    return true
  }

  const move = (
    entity: number,
    to: number,
    at: number,
    is: number,
    says: boolean,
    when: number,
    by: number,
    creation: boolean,
    key: string,
    shows: boolean
  ): void => {
    const moves = policy.transitionOf(stamp[entity]!, moment[entity]!, gone[entity] === 1, to, when, says, shows)
    const late = (moves & transition.late) !== 0
    const byPush = by !== look.list
    counts.applied += 1
    if (!says && creation) tellers.created(entity, key)
    if (!late) {
      tellers.changed(entity, to, by, key)
      stamp[entity] = to
      moment[entity] = when
      if (shows) version[entity] = is
      gone[entity] = (moves & transition.deleted) === 0 ? 0 : 1
      scorer.arrived(entity, to, at, byPush, gone[entity] === 1)
      const of = entities.parent[entity]!
      if (of !== -1 && types[entities.type[entity]!]!.touches) scorer.touched(of, to, at, byPush)
    }
    if (sink === null) return
    sink({
      k: "applied",
      t: at,
      key,
      entity: names.typeOf(entity),
      id: names.idOf(entity),
      updatedAt: to,
      origin: byPush ? "webhook" : "reconciliation",
      late,
      deletion: says,
      moment: Number.isNaN(when) ? null : when
    })
    sink({ k: "handed", t: at, key })
  }

  /** The key of the event by which another route has told of a late event's change; `null` for none. */
  const lateTeller = (
    tellings: RouteTellings,
    entity: number,
    to: number,
    when: number,
    says: boolean,
    shows: boolean,
    by: number,
    kind: number
  ): string | null => {
    const known = stamp[entity]!
    if (Number.isNaN(known)) return null
    const moves = policy.transitionOf(known, moment[entity]!, gone[entity] === 1, to, when, says, shows)
    return (moves & transition.late) === 0 ? null : tellings.byAnother(entity, to, kind, by)
  }

  /** The key of the push of another route to which the answer to a request gives way; `null` for none. */
  const givenWayTo = (
    tellings: RouteTellings,
    entity: number,
    to: number,
    is: number,
    when: number,
    hiddenNews: number,
    kind: number
  ): string | null => {
    if (gone[entity] === 1 || !policy.givesWay(to, when, stamp[entity]!, moment[entity]!)) return null
    // Changes of fields that no push carries say nothing of the order.
    const news = is - version[entity]!
    return news === 0 || news === hiddenNews ? null : tellings.byAnother(entity, to, kind, look.item)
  }

  const setAside = (at: number, key: string): void => sink?.({ k: "setAside", t: at, key, state: "duplicate" })

  return {
    stamp,
    moment,
    version,
    gone,
    touchedAt,
    told: (entity, tell) => toldAt[entity * fields + tell - 1] ?? Number.NaN,
    counts,
    isNew,
    pushed: (entity, to, at, is, named, says, when, shows, by, hiddenNews, key) => {
      if (touchedAt.length > 0 && shows && !says) touch(entity, to)
      const creation = isCreation(entity, named)
      const kind = eventKindOf(creation, by === look.item ? named === thinDeletion : says)
      if (isDuplicate(entity, to, is, creation, says, when, at, shows, by, hiddenNews)) return setAside(at, key)
      const other =
        routeTellings === null
          ? null
          : (lateTeller(routeTellings, entity, to, when, says, shows, by, kind) ??
            (by === look.item && shows && !says
              ? givenWayTo(routeTellings, entity, to, is, when, hiddenNews, kind)
              : null))
      if (other !== null) {
        counts.duplicates += 1
        sink?.({ k: "duplicate", t: at, key: other })
        return setAside(at, key)
      }
      routeTellings?.told(entity, to, kind, by, at, key)
      move(entity, to, at, is, says, when, by, creation, key, shows)
    },
    found: (entity, to, at, is, says, when, creation, key) => {
      if (touchedAt.length > 0 && !says) touch(entity, to)
      move(entity, to, at, is, says, when, look.list, creation, key, true)
    },
    foundBefore: (entity, to, at, is, says, when, creation, key) => {
      if (touchedAt.length > 0 && !says) touch(entity, to)
      if (isDuplicate(entity, to, is, creation, says, when, at, true, look.list, 0)) setAside(at, key)
      else move(entity, to, at, is, says, when, look.list, creation, key, true)
    }
  }
}
