/**
 * The entities' states for a reader beside the receiver, in its own process: what is new since a version, how far each
 * type is complete, and whether the receiver lives. It reads only.
 */
import { createHmac, randomBytes } from "node:crypto"
import type { EpochMillis } from "../../domain/Time.js"
import {
  OwnerRow,
  openDatabase,
  PresenceRow,
  PushRows,
  type RefusedDeliveries,
  refusedDeliveries,
  StateFeedRows,
  type SubscribedEvent,
  SweepRows,
  subscribedEvents
} from "../../store/index.js"
import { type InboxKey, wordsOf } from "./KeyRing.js"
import { makeSeal } from "./SealedBodies.js"
import { keysFor } from "./SealingKeys.js"

export interface FedEntity extends Omit<StateFeedRows.FedState, "carried" | "deleted" | "snapshot"> {
  readonly deleted: boolean
  /** The fields that pushes carried since `carriedSince`. */
  readonly carried: ReadonlyArray<string>
  /** The snapshot's JSON; `null` where it cannot be opened. */
  readonly text: string | null
}

export type Completeness = SweepRows.Completeness

/** Whether the receiver keeps the state current. */
export interface ReceiverSigns {
  /** The heartbeat of the receiver that owns the inbox; `null` where none does. */
  readonly beatAt: EpochMillis | null
  /** When the oldest delivery came that has not moved the state; `null` for none. */
  readonly oldestUnapplied: EpochMillis | null
  /** When the last outage ended: pushes of before may be lost; `null` for none. */
  readonly backAt: EpochMillis | null
}

/** The subscriptions that were applied or taken away, the types of which deliveries have come, refused deliveries. */
export interface PushSigns {
  readonly subscribed: ReadonlyArray<SubscribedEvent>
  readonly types: ReadonlyArray<PushRows.PushedType>
  readonly unsubscribed: ReadonlyArray<PushRows.UnsubscribedSource>
  readonly refused: ReadonlyArray<RefusedDeliveries>
}

/** A change that reconciliation found and no push has told of since. */
export interface HealedChange extends Omit<PushRows.HealedChange, "applied" | "changed"> {
  /** `null` where it has not moved the state yet. */
  readonly changed: ReadonlyArray<string> | null
}

/** Findings of one event, and healed changes of all kinds: the mirror goes through them with each news. */
const mostHealed = 2_000

export interface StateFeed {
  /** Whether another process has written since this was last asked. */
  readonly changed: () => boolean
  readonly after: (version: number, limit: number) => ReadonlyArray<FedEntity>
  readonly find: (source: string, entity: string, entityId: string) => FedEntity | null
  readonly completeness: () => ReadonlyArray<Completeness>
  readonly unread: () => ReadonlyArray<{ readonly source: string; readonly entity: string; readonly entityId: string }>
  readonly receiver: () => ReceiverSigns
  readonly pushes: () => PushSigns
  /** Counts of pushes by event, from a slot on, rising. */
  readonly pushSlots: (from: number) => ReadonlyArray<PushRows.PushSlot>
  /** With a stamp behind a moment; of many the newest of each kind (PushRows.healedAfter). */
  readonly healed: (after: EpochMillis) => ReadonlyArray<HealedChange>
  /** A key for fingerprints that only holders of the inbox's key can make again. */
  readonly fingerprintKey: () => Buffer
  readonly close: () => void
}

/** Throws a `StoreError`. */
export const openStateFeed = (file: string, key: InboxKey | undefined): StateFeed => {
  const database = openDatabase(file, { mustExist: true })
  const keys = keysFor(database, file, { key, readOnly: true })
  const seal = makeSeal(keys)
  const after = StateFeedRows.statesAfter(database)
  const one = StateFeedRows.oneState(database)
  const complete = SweepRows.completeTypes(database)
  const owner = OwnerRow.findOwner(database)
  const presence = PresenceRow.findPresence(database)
  const subscribed = subscribedEvents(database)
  const pushed = PushRows.pushedTypes(database)
  const unsubscribed = PushRows.unsubscribedSources(database)
  const refused = refusedDeliveries(database)
  const slots = PushRows.pushSlotsFrom(database)
  const healed = PushRows.healedAfter(database)
  const oldest = StateFeedRows.oldestUnapplied(database)
  const unread = StateFeedRows.unreadEntities(database)
  let seen = -1
  const opened = ({ carried, deleted, snapshot, ...row }: StateFeedRows.FedState): FedEntity => {
    let text: string | null = null
    try {
      text = seal.open(snapshot).toString("utf8")
    } catch {
      // Damaged, or its key is lost: the entity is not answered from the state (FedEntity.text).
    }
    const names = carried === null ? [] : (JSON.parse(carried) as ReadonlyArray<string>)
    return { ...row, deleted: deleted === 1, carried: names, text }
  }
  return {
    changed: () => {
      const version = StateFeedRows.dataVersion(database)
      const changed = version !== seen
      seen = version
      return changed
    },
    after: (version, limit) => after.all(version, limit).map(opened),
    find: (...key) => {
      const row = one.get(...key)
      return row === undefined ? null : opened(row)
    },
    completeness: () => complete.all(),
    unread: () => unread.all(),
    receiver: () => ({
      beatAt: owner.get()?.beatAt ?? null,
      oldestUnapplied: oldest.get() ?? null,
      backAt: presence.get()?.backAt ?? null
    }),
    pushes: () => ({
      subscribed: subscribed(),
      types: pushed.all(),
      unsubscribed: unsubscribed.all(),
      refused: refused()
    }),
    pushSlots: (from) => slots.all(from),
    healed: (after) =>
      healed.all(after, mostHealed, mostHealed).map(({ applied, changed, ...row }) => ({
        ...row,
        changed: applied === 0 || changed === null ? null : (JSON.parse(changed) as ReadonlyArray<string> | null)
      })),
    fingerprintKey: () =>
      // Without a key nothing has been received yet, and nothing is to be recognised after a restart.
      keys.text === ""
        ? randomBytes(32)
        : createHmac("sha256", wordsOf(keys.text)[0] ?? "")
            .update("hookshift mirror principals")
            .digest(),
    close: () => database.close()
  }
}
