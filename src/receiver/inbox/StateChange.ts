/**
 * How an event or a reading changes the state of an entity. Pure: EntityStates.ts writes down each decision. The rules
 * themselves are the policy's.
 */
import { actionOf, changedFields, type Origin, type PushedEvent, type Snapshot } from "../../domain/Event.js"
import {
  fieldsThatDiffer,
  isCut,
  isCutText,
  type Shower,
  type ShownBefore,
  same,
  showerBit,
  shownBefore,
  withAdded,
  withoutKnownCuts,
  withShown
} from "../../domain/Shown.js"
import type { EpochMillis } from "../../domain/Time.js"
import { type Policy, told, transition } from "../../policy/index.js"
import { type Known, type ReversePatch, reversePatchOf, visible } from "./ReversePatch.js"

/** The state of an entity as it is stored, with its snapshot opened. */
export interface StoredState extends Known {
  readonly updatedAt: EpochMillis | null
  readonly occurredAt: EpochMillis | null
  readonly shownBy: number
  /** The delivery that told of the last change, the stamp of that change, and the kind of look that showed it. */
  readonly toldBy: number | null
  readonly toldAt: EpochMillis | null
  readonly toldAs: number | null
  /** The delivery that told of the creation. */
  readonly createdBy: number | null
  /** When a push last told of it in part since it was last read whole. */
  readonly pushedAt: EpochMillis | null
  /** The fields that pushes carried since it was last read or told of in part; `null` where none has come since. */
  readonly carried: ReadonlyArray<string> | null
}

/** The state to be written. */
export interface NextState extends Omit<StoredState, "snapshot"> {
  /** `null`: the snapshot stays. */
  readonly snapshot: Snapshot | null
}

export type StateChange =
  /** Another event has told of the change already. */
  | { readonly kind: "duplicate"; readonly of: number; readonly next: NextState | null }
  /**
   * The event is older than the state, which stays but for the delivery that told of its creation. `inPart`: a push has
   * told of it without carrying the changed fields, so that the state may lack them.
   */
  | { readonly kind: "late"; readonly createdBy: number | null; readonly inPart: boolean }
  | {
      readonly kind: "moved"
      readonly next: NextState & { readonly snapshot: Snapshot }
      readonly patch: ReversePatch
      readonly changed: ReadonlyArray<string>
    }

export interface Telling {
  readonly deliveryId: number
  readonly event: PushedEvent
  readonly origin: Origin
  readonly receivedAt: EpochMillis
  /** The field of the snapshot that holds its stamp: no change of its own. */
  readonly updatedAtField: string
}

/** The policy's numbers: an unknown one is NaN. */
const known = (value: number | null | undefined): number => value ?? Number.NaN

const maxOf = (a: number | null, b: number | null | undefined): number | null =>
  a === null ? (b ?? null) : b == null ? a : Math.max(a, b)

/** The kind of look at its entity that an event is. */
export const showerOf = (event: PushedEvent, origin: Origin): Shower =>
  event.shownBy ?? (origin === "reconciliation" ? "list" : "push")

/** Whether a look shows all that the provider's own answers show; a push may lack a part. */
const isRead = (shower: Shower): boolean => shower === "list" || shower === "item"

/**
 * Whether a push says which fields have changed, and carries them all: a state that was whole stays so. That its names
 * are exhaustive is assumed. A push that was lost before it is found as any other: by its content. A text that it has
 * cut may have changed before, unseen, behind the place of the cut.
 */
const carriesAll = ({ changed, snapshot }: PushedEvent): boolean =>
  changed !== undefined &&
  changed.length > 0 &&
  snapshot !== null &&
  !isCut(snapshot) &&
  changed.every((name) => Object.hasOwn(snapshot, name))

/** How far the entity is known whole after a look that adds to its state. */
const wholenessAfter = (
  { event, receivedAt }: Telling,
  state: StoredState | null,
  shower: Shower
): Pick<NextState, "carried" | "pushedAt"> =>
  state !== null && !state.deleted && !isRead(shower) && carriesAll(event)
    ? { pushedAt: state.pushedAt, carried: withNames(state.carried ?? [], carriedBy(event.snapshot!)) }
    : { pushedAt: isRead(shower) && event.snapshot !== null ? null : receivedAt, carried: null }

const carriedBy = (snapshot: Snapshot): ReadonlyArray<string> =>
  Object.keys(snapshot).filter((name) => !isCutText(snapshot, name))

const withNames = (known: ReadonlyArray<string>, names: ReadonlyArray<string>): ReadonlyArray<string> => {
  const all = new Set([...known, ...names])
  return all.size === known.length ? known : [...all]
}

export const changeBy = (given: Telling, state: StoredState | null, policy: Policy): StateChange => {
  const telling = { ...given, event: beyondCuts(given.event, state) }
  const { deliveryId, event, origin } = telling
  const shower = showerOf(event, origin)
  const seen = shownBefore(state?.shownBy ?? 0, shower)
  const creates = actionOf(event.event) === "create"
  // Some products report a deletion as an update.
  const saysDeleted = actionOf(event.event) === "delete" || event.snapshot?.["deleted"] === true
  const first = state === null ? null : firstTeller(telling, state, creates, saysDeleted, shower, seen, policy)
  if (first !== null) return { kind: "duplicate", of: first, next: takeUp(telling, state!, shower) }
  const moves = policy.transitionOf(
    known(state?.updatedAt),
    known(state?.occurredAt),
    state?.deleted === true,
    known(event.updatedAt),
    known(event.occurredAt),
    saysDeleted,
    event.snapshot !== null
  )
  const createdBy = creates ? deliveryId : (state?.createdBy ?? null)
  if (state !== null && (moves & transition.late) !== 0)
    return { kind: "late", createdBy, inPart: !creates && !isRead(shower) && !carriesAll(event) }
  const bit = showerBit[shower]
  const shownBy = state?.shownBy ?? 0
  const next = {
    updatedAt: event.updatedAt ?? state?.updatedAt ?? null,
    deleted: (moves & transition.deleted) !== 0,
    occurredAt: event.occurredAt ?? null,
    // A push may carry a part of the entity only: a field that it does not name stays as it was.
    snapshot:
      event.snapshot === null ? (state?.snapshot ?? {}) : withShown(state?.snapshot ?? null, event.snapshot, seen),
    shownBy: event.snapshot === null ? shownBy : shownBy | bit,
    toldBy: deliveryId,
    toldAt: event.updatedAt,
    toldAs: bit,
    createdBy,
    ...wholenessAfter(telling, state, shower)
  }
  const changed = changedBy(event, creates ? null : state, next, shower, seen).filter(
    (field) => field !== telling.updatedAtField
  )
  return { kind: "moved", next, patch: reversePatchOf(state, next), changed }
}

const beyondCuts = (event: PushedEvent, state: StoredState | null): PushedEvent =>
  event.snapshot === null
    ? event
    : { ...event, snapshot: withoutKnownCuts(state?.snapshot ?? null, event.snapshot, event.changed) }

/** The delivery that has told of an event's change already; `null` for news. */
const firstTeller = (
  { event: { snapshot, updatedAt }, updatedAtField }: Telling,
  state: StoredState,
  creates: boolean,
  saysDeleted: boolean,
  shower: Shower,
  seen: ShownBefore,
  { toldBefore }: Policy
): number | null => {
  const by = toldBefore(
    creates,
    saysDeleted,
    known(updatedAt),
    known(state.updatedAt),
    state.deleted,
    state.createdBy !== null,
    known(state.toldAt),
    state.toldAs === showerBit[shower]
  )
  if (by === told.news) return null
  // A thin event whose entity could not be fetched any more has no content that could differ.
  const differs = () =>
    snapshot === null
      ? shower !== "item"
      : fieldsThatDiffer(state.snapshot, snapshot, seen).some((field) => field !== updatedAtField)
  if ((by & told.ifSame) !== 0 && differs()) return null
  return (by & told.creation) === 0 ? state.toldBy : state.createdBy
}

/**
 * A duplicate adds the fields and the times that it alone knows; `null` where it is older than the state. With the
 * stamp of the state it may be of an earlier moment, so that the fields of the state stay.
 */
const takeUp = (telling: Telling, state: StoredState, shower: Shower): NextState | null => {
  const { event } = telling
  const newer = event.updatedAt !== null && (state.updatedAt === null || event.updatedAt > state.updatedAt)
  if (!newer && event.updatedAt !== state.updatedAt) return null
  const shown = state.deleted ? null : event.snapshot
  return {
    ...state,
    ...(newer ? { updatedAt: event.updatedAt, toldAt: event.updatedAt } : {}),
    occurredAt: newer ? (event.occurredAt ?? null) : maxOf(state.occurredAt, event.occurredAt),
    snapshot:
      shown === null
        ? null
        : newer
          ? withShown(state.snapshot, shown, shownBefore(state.shownBy, shower))
          : withAdded(state.snapshot, shown),
    shownBy: shown === null ? state.shownBy : state.shownBy | showerBit[shower],
    ...(isRead(shower) ? (newer ? { carried: null } : {}) : wholenessAfter(telling, state, shower))
  }
}

/** Names of the fields that an event which is not late has changed. */
const changedBy = (
  event: PushedEvent,
  before: Known | null,
  after: Known,
  shower: Shower,
  seen: ShownBefore
): ReadonlyArray<string> => {
  const was = visible(before)
  const is = visible(after)
  if (was === null || is === null) return changedFields(was, is, same)
  const { changed: named = [], snapshot } = event
  if (snapshot === null) return []
  // A text may have changed behind the place where the push has cut it.
  const cut = named.filter((name) => isCutText(snapshot, name))
  const differing = [...new Set([...fieldsThatDiffer(was, snapshot, seen), ...cut])].sort()
  // The stamp moved and no known field explains it: a list reports the fields that no look had shown before.
  return differing.length > 0 || shower !== "list" || seen.byThis
    ? differing
    : Object.keys(snapshot).filter((field) => !Object.hasOwn(was, field))
}
