/**
 * The evidence of one caller that no setting names: answers that the provider gave it, and whether they are enough to
 * answer it from the state. The one rule, each part with its reason:
 *
 * 1. Evidence is an answer of the provider's to this caller that shows entities and equals the state's own to the same
 *    request. An empty list is no evidence: a restricted key gets it as well.
 * 2. A type is shown once there are enough such answers, of enough entities, over long enough, and with two values at
 *    least of each field by which the product divides access: a group's key sees one group, an owner's key one owner.
 * 3. It stays shown while all that has moved lately is of compartments that the caller was shown. A compartment
 *    is the entities with the same values of the dividing fields; of types without such fields, the entity itself. A
 *    key that sees one of a compartment sees all of it, whatever set of groups or owners it is restricted to.
 * 4. An answer goes out only where the provider has shown the caller each of its compartments lately, in an answer of
 *    the same kind: other kinds show other fields. This bounds how long a key that was narrowed gets anything.
 * 5. One contradiction ends it for all types, and for long. An entity that the state has and the answer lacks ends
 *    it for as long as it is not explained, and for long if the next sweep does not explain it, or if there are too
 *    many at once.
 */
import { dropOldest } from "../../domain/Bounded.js"
import type { EpochMillis } from "../../domain/Time.js"

/** Answers that count, each at least a part of the window behind the one before, so that a burst is one. */
const leastAnswers = 10
const apart = 1 / 200
/** Different entities in them; all of the type where the state has fewer. */
const leastEntities = 20
/** Values of each dividing field. */
const leastValues = 2
/** "Lately", and how long the evidence has to span, as parts of the window: an hour of four. */
const lately = 1 / 4
/** A caller that was contradicted is looked at no more for so long: its rights are not likely to change by the hour. */
const closedForMs = 24 * 3_600_000
/** The share of answers that go through to be compared, and the longest time without a comparison. */
export const sampledShare = 1 / 20
const sampledEveryMs = 5 * 60_000
/** Bounds the memory of one caller's type. */
const mostKept = 20_000
/** Entities that one caller may lack at once, until they are explained. */
export const mostDoubts = 20

/** An answer as evidence: what it shows. */
export interface Showing {
  readonly entity: string
  readonly ids: ReadonlyArray<string>
  readonly compartments: ReadonlyArray<string>
  /** `field=value` of the dividing fields; one list for each field. */
  readonly values: ReadonlyArray<readonly [field: string, value: string]>
  /** Compartments by kind of answer, with the parts and the parent. */
  readonly keys: ReadonlyArray<string>
}

/** An entity that the state has and an answer to the caller had not, until the state has moved on. */
export interface Doubt {
  readonly entity: string
  readonly id: string
  readonly stamp: EpochMillis
  readonly at: EpochMillis
  /** Whether a change may have taken it out of the answer: off a page, or out of what a search finds. */
  readonly mayLeave: boolean
}

export type Explained = "yes" | "no" | "not yet"

interface TypeSight {
  /** Those within the window that count. */
  readonly answers: Array<EpochMillis>
  readonly ids: Map<string, EpochMillis>
  readonly compartments: Map<string, EpochMillis>
  readonly keys: Map<string, EpochMillis>
  readonly values: Map<string, Map<string, EpochMillis>>
  equalAt: EpochMillis
  /** The last comparison that was equal, and the last one of entities. */
  itemsAt: EpochMillis
  shown: boolean
}

export class Sight {
  private readonly types = new Map<string, TypeSight>()
  private doubts: ReadonlyArray<Doubt> = []
  private closedUntil = 0

  /** `windowMs`: how long evidence lasts. */
  constructor(private readonly windowMs: number) {}

  isClosed(now: EpochMillis): boolean {
    return this.closedUntil > now
  }

  get doubted(): boolean {
    return this.doubts.length > 0
  }

  /** Since when something counts as shown lately. */
  latelySince(now: EpochMillis): EpochMillis {
    return now - this.windowMs * lately
  }

  close(now: EpochMillis): void {
    this.types.clear()
    this.doubts = []
    this.closedUntil = now + closedForMs
  }

  /** Whether there is room for them: of a doubt that was left out nothing would tell whether it was explained. */
  doubt(doubts: ReadonlyArray<Doubt>): boolean {
    const all = [...this.doubts, ...doubts]
    if (all.length > mostDoubts) return false
    this.doubts = all
    return true
  }

  /** Whether a doubt was borne out; those that were explained are dropped. */
  isContradicted(explained: (doubt: Doubt) => Explained): boolean {
    if (this.doubts.length === 0) return false
    const found = this.doubts.map((doubt) => [doubt, explained(doubt)] as const)
    this.doubts = found.flatMap(([doubt, by]) => (by === "not yet" ? [doubt] : []))
    return found.some(([, by]) => by === "no")
  }

  /** An equal answer. `visible`: entities of the type that the state has. Whether the type is shown by it anew. */
  take(shows: Showing, dividing: ReadonlyArray<string>, visible: () => number, now: EpochMillis): boolean {
    const type = this.current(shows.entity, now) ?? this.begin(shows.entity)
    type.equalAt = now
    if (shows.ids.length === 0 && shows.keys.length === 0) return false
    for (const key of shows.keys) note(type.keys, key, now)
    if (shows.ids.length === 0) return false
    type.itemsAt = now
    for (const id of shows.ids) note(type.ids, id, now)
    for (const compartment of shows.compartments) note(type.compartments, compartment, now)
    for (const [field, value] of shows.values) {
      const values = type.values.get(field) ?? new Map<string, EpochMillis>()
      type.values.set(field, values)
      note(values, value, now)
    }
    while ((type.answers[0] ?? now) < now - this.windowMs) type.answers.shift()
    if (now - (type.answers.at(-1) ?? 0) >= this.windowMs * apart) type.answers.push(now)
    if (type.shown || !this.isEnough(type, dividing, visible, now)) return false
    type.shown = true
    return true
  }

  /** The provider has not shown these now: their compartments count as shown when it shows them again. */
  forget({ compartments, entity, keys }: Showing): void {
    const type = this.types.get(entity)
    for (const compartment of compartments) type?.compartments.delete(compartment)
    for (const key of keys) type?.keys.delete(key)
  }

  isShown(entity: string, now: EpochMillis): boolean {
    return !this.isClosed(now) && !this.doubted && this.current(entity, now)?.shown === true
  }

  /** Whether each compartment in which something has moved was shown within the window. */
  reaches(entity: string, moved: Iterable<string>, now: EpochMillis): boolean {
    const known = this.current(entity, now)?.compartments
    if (known === undefined) return false
    const since = now - this.windowMs
    for (const compartment of moved) if ((known.get(compartment) ?? 0) < since) return false
    return true
  }

  /** Whether the provider has shown all this lately. */
  hasSeen({ entity, keys }: Showing, now: EpochMillis): boolean {
    const known = this.current(entity, now)?.keys
    const since = this.latelySince(now)
    return known !== undefined && keys.every((key) => (known.get(key) ?? 0) >= since)
  }

  /** Whether it is long since an answer of this kind was compared. */
  isDue({ entity, ids }: Showing, now: EpochMillis): boolean {
    const type = this.current(entity, now)
    const last = (ids.length === 0 ? type?.equalAt : type?.itemsAt) ?? 0
    return now - last >= sampledEveryMs
  }

  /** Types that are shown, or looked at. */
  standing(now: EpochMillis): ReadonlyArray<{ readonly entity: string; readonly shown: boolean }> {
    return [...this.types.keys()].flatMap((entity) =>
      this.current(entity, now) === null ? [] : [{ entity, shown: this.isShown(entity, now) }]
    )
  }

  private isEnough(type: TypeSight, dividing: ReadonlyArray<string>, visible: () => number, now: EpochMillis): boolean {
    const from = now - this.windowMs
    for (const seen of [type.ids, ...type.values.values()])
      for (const [one, at] of seen) if (at < from) seen.delete(one)
    return (
      type.answers.length >= leastAnswers &&
      now - type.answers[0]! >= this.windowMs * lately &&
      (type.ids.size >= leastEntities || type.ids.size >= visible()) &&
      dividing.every((field) => (type.values.get(field)?.size ?? 0) >= leastValues)
    )
  }

  /** Evidence that nothing has renewed within the window is none. */
  private current(entity: string, now: EpochMillis): TypeSight | null {
    const type = this.types.get(entity)
    if (type === undefined) return null
    if (now - type.equalAt <= this.windowMs) return type
    this.types.delete(entity)
    return null
  }

  private begin(entity: string): TypeSight {
    const none = (): Map<string, EpochMillis> => new Map()
    const type: TypeSight = {
      answers: [],
      ids: none(),
      compartments: none(),
      keys: none(),
      values: new Map(),
      equalAt: 0,
      itemsAt: 0,
      shown: false
    }
    this.types.set(entity, type)
    return type
  }
}

/** The newest last. */
const note = (seen: Map<string, EpochMillis>, one: string, now: EpochMillis): void => {
  seen.delete(one)
  seen.set(one, now)
  dropOldest(seen, mostKept)
}
