/**
 * The port to the store that holds entity states and takes events. A receiver's inbox is such a store (`runtime/`
 * joins the two); a test's maps are another.
 */
import type { CommitResult } from "../domain/CommitResult.js"
import type { EntityState } from "../domain/EntityState.js"
import type { PushedEvent, Snapshot } from "../domain/Event.js"
import type { Shower } from "../domain/Shown.js"
import type { EpochMillis } from "../domain/Time.js"

/** A read that failed and is to be tried again: of an entity, or of its dependants of the type `children`. */
export interface DeferredRead {
  readonly entity: string
  readonly entityId: string
  /** Empty for the entity itself. */
  readonly children: string
  readonly tries: number
  readonly nextAt: EpochMillis
}

export interface KnownStates {
  readonly state: (source: string, entity: string, entityId: string) => EntityState | null
  readonly states: (
    source: string,
    entity: string
  ) => ReadonlyArray<Pick<EntityState, "updatedAt" | "deleted"> & { readonly entityId: string }>
  /** The newest stamp among the states of a type. */
  readonly newestKnown: (source: string, entity: string) => EpochMillis | null
}

/** How far earlier sweeps came. */
export interface SweepCursors {
  /** The cursor of the last sweep that ended; `null` before the first one. */
  readonly sweptTo: (source: string, entity: string) => EpochMillis | null
  /** Where a sweep that was cut off had come to; `null` once a sweep has ended. */
  readonly resumeFrom: (source: string, entity: string) => EpochMillis | null
  /** When the ids were last compared with the provider's. */
  readonly comparedAt: (source: string, entity: string) => EpochMillis | null
  readonly sweepsOf: (source: string, entity: string) => number
  /** Since when a type is watched, by the provider's clock; `null` for a type that never was. */
  readonly beganAt: (source: string, entity: string) => EpochMillis | null
  /** When the first sweep of a type ended. */
  readonly filledAt: (source: string, entity: string) => EpochMillis | null
  readonly unread: (source: string) => ReadonlyArray<DeferredRead>
}

type SetCursor = (source: string, entity: string, at: EpochMillis) => void

/** Writes of a sweep besides events, by name. */
export interface SweepNotes {
  /** Moves a state without an event. Does nothing where an event has moved the state since `looked` was read. */
  readonly mergeState: (
    source: string,
    entity: string,
    entityId: string,
    updatedAt: EpochMillis | null,
    snapshot: Snapshot,
    looked: Pick<EntityState, "updatedAt" | "snapshot">,
    shownTo: EpochMillis | null,
    shower?: Exclude<Shower, "push" | "native">
  ) => void
  /** Takes up an entity of the past without an event. Does nothing where a state is known. */
  readonly fillState: (
    source: string,
    entity: string,
    entityId: string,
    updatedAt: EpochMillis | null,
    snapshot: Snapshot,
    shownTo: EpochMillis | null,
    shower: Exclude<Shower, "push" | "native">
  ) => void
  /** A sweep has read an entity too early to compare it: its state may lack a change of before. */
  readonly doubtState: (source: string, entity: string, entityId: string, readAt: EpochMillis) => void
  readonly setSweptTo: SetCursor
  readonly setResumeFrom: SetCursor
  readonly setComparedAt: SetCursor
  readonly setBeganAt: SetCursor
  readonly setFilledAt: SetCursor
  /**
   * A sweep that began at `at` has read the list of the type to its end. `reach`: 0 where it read all, -1 where the
   * plain list or what changed since an earlier sweep.
   */
  readonly setComplete: (source: string, entity: string, at: EpochMillis, everyMs: number, reach: number) => void
  readonly setUnread: (source: string, read: DeferredRead) => void
  readonly clearUnread: (source: string, read: Pick<DeferredRead, "entity" | "entityId" | "children">) => void
}

/** A provider call by its purpose; a repeated call counts as a retry only. */
export type CallPurpose = "reconciliation" | "hydration" | "retry"

/** Counters for operators. */
export interface ReconciliationCounters {
  readonly called: (source: string, purpose: CallPurpose) => void
  readonly passedBy: (source: string, entity: string, fate: string) => void
  readonly sweepFailed: (source: string, reason: "provider" | "inbox" | "unexpected") => void
  /** All lists of a round were swept to their end. */
  readonly swept: (source: string, at: EpochMillis) => void
}

/** Times in which deliveries may have been lost, as far as the receiver knows of them. */
export interface KnownOutages {
  /** When the last one ended; `null` for never. */
  readonly backAt: () => EpochMillis | null
  /** Calls the listener whenever one has ended; returns the stop. */
  readonly onBack: (listener: () => void) => () => void
}

export interface ReconciliationPort extends KnownStates, SweepCursors, KnownOutages {
  /** Stores an event that a sweep found. */
  readonly put: (source: string, event: PushedEvent) => Promise<CommitResult>
  /** On disk when it resolves. */
  readonly note: <Name extends keyof SweepNotes>(name: Name, ...args: Parameters<SweepNotes[Name]>) => Promise<unknown>
  /**
   * Why one entity's own row made a read, a write or a comparison fail, in words without its content; `null` where
   * the whole store is at fault.
   */
  readonly rowFailure: (error: unknown) => string | null
  readonly counters: ReconciliationCounters
}
