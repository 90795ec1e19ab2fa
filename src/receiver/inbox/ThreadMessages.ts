/** Messages between the listener's thread and the inbox's thread. */
import type { Snapshot } from "../../domain/Event.js"
import type { EpochMillis } from "../../domain/Time.js"
import type { Provider } from "../../providers/index.js"
import type { Applied, UnappliedEvent } from "./Delivery.js"
import type { EntityStates } from "./EntityStates.js"
import type { Settlement, Taken } from "./HandOverQueue.js"
import type { Slice } from "./InboxQueries.js"
import type { InboxKey } from "./KeyRing.js"
import type { OwnerData, OwnerNews } from "./Owning.js"
import type { ReceiverNotes } from "./ReceiverNotes.js"
import type { SetAsideRows } from "./SetAside.js"

/** How deliveries are read; the settings may change while the thread runs. */
export interface ReadingSettings {
  readonly sources: Readonly<Record<string, { readonly product: string; readonly serviceAccount: string | null }>>
  /** Providers that data files describe. */
  readonly descriptions: ReadonlyArray<NonNullable<Provider["described"]>>
}

export interface ThreadData {
  readonly file: string
  /** As of the receiver's start: the thread may be started again. */
  readonly key: InboxKey
  /** `null` for an inbox that no other process can know of, such as a replay's. */
  readonly owner: OwnerData | null
  readonly reading: ReadingSettings
  /** Deliveries without a snapshot are reported, and wait for their entity. */
  readonly hydrates: boolean
  /** Each event that has moved the state is reported. */
  readonly tells: boolean
  /** Length of the WAL at which it is folded, if not the default (Checkpoints.ts). */
  readonly foldAtBytes?: number
}

/** A delivery without its bytes, which travel together. */
export interface DeliveryHead {
  readonly source: string
  readonly origin: "webhook" | "reconciliation"
  readonly receivedAt: EpochMillis
  readonly deliveryId: string | null
  readonly headers: Readonly<Record<string, string>>
  readonly route?: string | undefined
  readonly length: number
}

/** Notes of reconciliation. */
export interface NoteOperations {
  readonly mergeState: EntityStates["mergeState"]
  readonly fillState: EntityStates["fillState"]
  readonly doubtState: EntityStates["doubtState"]
  readonly setSweptTo: ReceiverNotes["setSweptTo"]
  readonly setResumeFrom: ReceiverNotes["setResumeFrom"]
  readonly setComparedAt: ReceiverNotes["setComparedAt"]
  readonly setBeganAt: ReceiverNotes["setBeganAt"]
  readonly setFilledAt: ReceiverNotes["setFilledAt"]
  readonly setComplete: ReceiverNotes["setComplete"]
  readonly setUnread: ReceiverNotes["setUnread"]
  readonly clearUnread: ReceiverNotes["clearUnread"]
}

export type NoteName = keyof NoteOperations

/** Operations of the inbox's thread; each is answered. */
export interface ThreadOperations extends NoteOperations {
  readonly exchange: (settlement: Settlement, want: number, now: EpochMillis, lookAgain: boolean) => Taken
  /** `readAt`: when its entity was asked for. */
  readonly hydrated: (id: number, event: UnappliedEvent["event"], readAt: EpochMillis) => void
  /** The hydration of this event failed; it is reported again. */
  readonly retryThin: (id: number) => void
  readonly noteWrite: (source: string, entity: string, entityId: string, fields: Snapshot, at: EpochMillis) => void
  readonly noteSecretUse: (source: string, secret: string, at: EpochMillis, deliveries: number) => void
  readonly countRejections: ReceiverNotes["countRejections"]
  /** A sign of life (Presence.ts). */
  readonly noteSeen: ReceiverNotes["noteSeen"]
  /** From the next delivery on. */
  readonly readBy: (settings: ReadingSettings) => void
  /** Whether the inbox can be written to. */
  readonly writable: () => boolean
  readonly backlog: () => { readonly events: number; readonly oldestReceivedAt: EpochMillis | null }
  /** Whether some event could move on now. */
  readonly waiting: (at: EpochMillis) => { readonly toApply: boolean; readonly toHandOver: boolean }
  /** Looks for deliveries that have not moved the state, and reports when there are none. */
  readonly apply: () => void
  /** Purges delivered ones received before this time, one slice. */
  readonly purge: (before: EpochMillis, after: number) => Slice
  readonly sizes: () => { readonly bytesUsed: number; readonly dead: number; readonly quarantined: number }
}

export type Operation = keyof ThreadOperations

export type ThreadRequest =
  | {
      readonly kind: "put"
      readonly batch: number
      readonly now: EpochMillis
      /** By the steady clock: how long another process's lock is waited for. */
      readonly giveUpAt: number
      readonly heads: ReadonlyArray<DeliveryHead>
      readonly bytes: Uint8Array
    }
  | { readonly kind: "do"; readonly id: number; readonly operation: Operation; readonly args: ReadonlyArray<unknown> }
  | { readonly kind: "close" }

/** Outcomes of a delivery; their indexes are the codes. */
export const outcomes = ["stored", "duplicate", "quarantined", "unavailable"] as const

export type ThreadReply =
  | { readonly kind: "ready" }
  | { readonly kind: "cannotOpen"; readonly reason: string; readonly message: string }
  | { readonly kind: "put"; readonly batch: number; readonly outcomes: Uint8Array; readonly seconds: number }
  | { readonly kind: "notPut"; readonly batch: number; readonly reason: string }
  | { readonly kind: "done"; readonly id: number; readonly value: unknown }
  | { readonly kind: "notDone"; readonly id: number; readonly reason: string; readonly message: string }
  | {
      readonly kind: "applied"
      readonly count: number
      readonly applied: ReadonlyArray<Applied>
      readonly thin: ReadonlyArray<UnappliedEvent>
      /** All events have moved the state, except those that are being hydrated. */
      readonly idle: boolean
    }
  | { readonly kind: "stuck"; readonly reason: string }
  | { readonly kind: "owner"; readonly news: OwnerNews }
  /** Deliveries could not be stored, or not yet, for this reason. */
  | { readonly kind: "refused"; readonly reason: string }
  | { readonly kind: "setAside"; readonly rows: ReadonlyArray<SetAsideRows> }
