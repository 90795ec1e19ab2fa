/**
 * What each entity looks like as far as is known, moved by deliveries and never backwards: what gives every update its
 * before and after. Of each event only what takes it back is written down (ReversePatch.ts): an event of 2 KB costs half the pages.
 */
import type { EntityState } from "../../domain/EntityState.js"
import { actionOf, changedFields, type Echo, type Origin, type PushedEvent, type Snapshot } from "../../domain/Event.js"
import {
  fieldsThatDiffer,
  type Shower,
  type ShownBefore,
  same,
  showerBit,
  shownBefore,
  withShown
} from "../../domain/Shown.js"
import type { EpochMillis } from "../../domain/Time.js"
import { type Policy, told, transition } from "../../policy/index.js"
import { idOf } from "../payloads/Payload.js"
import type { Applied } from "./Delivery.js"
import type { DeliveryLog } from "./DeliveryLog.js"
import type { InboxFile } from "./InboxFile.js"
import { writtenBySelf } from "./OwnWrites.js"
import { type Known, reversePatchOf, visible } from "./ReversePatch.js"
import type { SetAside } from "./SetAside.js"

export interface EntityStates {
  /**
   * Moves the entity state by stored deliveries, in one transaction; from then on they wait for the handler. One that cannot be
   * applied is set aside.
   */
  readonly applyAll: (
    events: ReadonlyArray<{ readonly id: number; readonly event: PushedEvent }>
  ) => ReadonlyArray<Applied>
  /**
   * Moves an entity's state with no event: what is new is a stamp, or fields that nobody had told before. `looked` is the state that
   * this follows from; where an event has moved it since, nothing is done. Up to `shownTo` this
   * is what has that stamp.
   */
  readonly mergeState: (
    source: string,
    entity: string,
    entityId: string,
    updatedAt: EpochMillis | null,
    snapshot: Snapshot,
    looked: Pick<EntityState, "updatedAt" | "snapshot">,
    shownTo: EpochMillis | null,
    shower?: "list" | "item"
  ) => void
  /** Takes up an entity of the past with no event; where anything is known of it, nothing is done. */
  readonly fillState: (
    source: string,
    entity: string,
    entityId: string,
    updatedAt: EpochMillis | null,
    snapshot: Snapshot,
    shownTo: EpochMillis | null,
    shower: "list" | "item"
  ) => void
  readonly state: (source: string, entity: string, entityId: string) => EntityState | null
  readonly states: (
    source: string,
    entity: string
  ) => ReadonlyArray<{ readonly entityId: string; readonly updatedAt: EpochMillis | null; readonly deleted: boolean }>
}

interface KnownState {
  readonly id: number
  readonly updatedAt: number | null
  readonly deleted: number
  readonly touchedAt: number | null
  readonly occurredAt: number | null
  readonly shownBy: number
  readonly toldBy: number | null
  readonly toldAt: number | null
  readonly toldAs: number | null
  readonly createdBy: number | null
  readonly snapshot: Buffer
}

/** The policy's numbers: what is not known is NaN. */
const known = (value: number | null | undefined): number => value ?? Number.NaN

/** The delivery that has told of an event's change already; `null` for news. */
const firstTeller = (
  { snapshot, updatedAt }: PushedEvent,
  state: KnownState,
  shown: Snapshot,
  action: string,
  saysDeleted: boolean,
  bit: number,
  seen: ShownBefore,
  { toldBefore }: Policy
): number | null => {
  const by = toldBefore(
    action === "create",
    saysDeleted,
    known(updatedAt),
    known(state.updatedAt),
    state.deleted === 1,
    state.createdBy !== null,
    known(state.toldAt),
    state.toldAs === bit
  )
  if (by === told.news) return null
  const differs = () => snapshot === null || fieldsThatDiffer(shown, snapshot, seen).length > 0
  if ((by & told.ifSame) !== 0 && differs()) return null
  return (by & told.creation) === 0 ? state.toldBy : state.createdBy
}

const maxOf = (a: number | null, b: number | null | undefined): number | null =>
  a === null ? (b ?? null) : b == null ? a : Math.max(a, b)

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
  if (event.snapshot === null) return []
  const differing = fieldsThatDiffer(was, event.snapshot, seen)
  // The stamp moved, and nothing that was known explains it: a list tells of it because of the fields that nobody had shown.
  return differing.length > 0 || shower !== "list" || seen.byThis
    ? differing
    : Object.keys(event.snapshot).filter((field) => !Object.hasOwn(was, field))
}

export const openEntityStates = (file: InboxFile, log: DeliveryLog, aside: SetAside): EntityStates => {
  const { database, openText, policy, providerOf, relaxed, sealJson, serviceAccountOf } = file
  const selectMeta = database.prepare("SELECT source, origin FROM delivery WHERE id = ?")
  const selectState = database.prepare(
    `SELECT id, updated_at AS updatedAt, deleted, touched_at AS touchedAt, occurred_at AS occurredAt,
       shown_by AS shownBy, told_by AS toldBy, told_at AS toldAt, told_as AS toldAs, created_by AS createdBy, snapshot
     FROM entity_state WHERE source = ? AND entity = ? AND entity_id = ?`
  )
  const insertState = database.prepare(
    `INSERT INTO entity_state (source, entity, entity_id, updated_at, deleted, occurred_at, snapshot, shown_by, told_by, told_at,
       told_as, created_by) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`
  )
  const updateState = database.prepare(
    `UPDATE entity_state SET updated_at = ?, deleted = ?, occurred_at = ?, snapshot = ?, shown_by = ?, told_by = ?, told_at = ?,
       told_as = ?, created_by = ? WHERE id = ?`
  )
  const noteCreated = database.prepare("UPDATE entity_state SET created_by = ? WHERE id = ?")
  const touch = database.prepare(
    `UPDATE entity_state SET touched_at = max(coalesce(touched_at, 0), ?) WHERE source = ? AND entity = ? AND entity_id = ?`
  )
  const markApplied = database.prepare(
    "UPDATE delivery SET applied = 1, undo = ?, changed = ?, echo = ?, next_attempt_at = 0 WHERE id = ?"
  )
  // What comes of it is the first one's: this delivery is done with.
  const markDuplicate = database.prepare(
    `UPDATE delivery SET applied = 1, state = 'delivered', delivered_at = received_at, changed = '[]', duplicate_of = ? WHERE id = ?`
  )
  const countDuplicate = database.prepare(
    "UPDATE delivery SET duplicates = duplicates + 1 + (SELECT duplicates FROM delivery WHERE id = ?) WHERE id = ?"
  )
  const selectOwnWrite = database
    .prepare("SELECT fields FROM own_write WHERE source = ? AND entity = ? AND entity_id = ?")
    .pluck()

  const stateOf = (source: string, entity: string, entityId: string): KnownState | null =>
    (selectState.get(source, entity, entityId) as KnownState | undefined) ?? null
  const snapshotOf = (state: KnownState): Snapshot => JSON.parse(openText(state.snapshot)) as Snapshot

  const lastWrite = (source: string, entity: string, entityId: string): Snapshot | null => {
    const blob = selectOwnWrite.get(source, entity, entityId) as Buffer | undefined
    return blob === undefined ? null : (JSON.parse(openText(blob)) as Snapshot)
  }

  /** Another event has told of this change: only what this one knows more is taken up. */
  const takeUp = (event: PushedEvent, state: KnownState, snapshot: Snapshot, shower: Shower): void => {
    const newer = event.updatedAt !== null && (state.updatedAt === null || event.updatedAt > state.updatedAt)
    if (!newer && event.updatedAt !== state.updatedAt) return
    const occurredAt = newer ? (event.occurredAt ?? null) : (maxOf(state.occurredAt, event.occurredAt) ?? null)
    const shown = event.snapshot !== null && state.deleted === 0
    updateState.run(
      newer ? event.updatedAt : state.updatedAt,
      state.deleted,
      occurredAt,
      shown ? sealJson(withShown(snapshot, event.snapshot!, shownBefore(state.shownBy, shower))) : state.snapshot,
      shown ? state.shownBy | showerBit[shower] : state.shownBy,
      state.toldBy,
      newer ? event.updatedAt : state.toldAt,
      state.toldAs,
      state.createdBy,
      state.id
    )
  }

  const touchParent = (source: string, event: PushedEvent): void => {
    const touches = providerOf(source)?.entities[event.entity]?.touches
    const parent = touches === undefined ? null : idOf(event.snapshot?.[touches.idField])
    if (touches !== undefined && parent !== null && event.updatedAt !== null)
      touch.run(event.updatedAt, source, touches.entity, parent)
  }

  const apply = (id: number, event: PushedEvent): Applied => {
    const { origin, source } = selectMeta.get(id) as { source: string; origin: Origin }
    const state = stateOf(source, event.entity, event.entityId)
    const snapshot = state === null ? null : snapshotOf(state)
    const shower: Shower = event.shownBy ?? (origin === "reconciliation" ? "list" : "push")
    const bit = showerBit[shower]
    const seen = shownBefore(state?.shownBy ?? 0, shower)
    const action = actionOf(event.event)
    // Some products report a deletion as an update.
    const says = action === "delete" || event.snapshot?.["deleted"] === true
    // A reply moves its ticket's stamp: remembered, so that reconciliation can tell it from a change it missed.
    touchParent(source, event)
    const wasDeleted = state?.deleted === 1
    const first = state === null ? null : firstTeller(event, state, snapshot!, action, says, bit, seen, policy)
    if (first !== null) {
      takeUp(event, state!, snapshot!, shower)
      countDuplicate.run(id, first)
      markDuplicate.run(first, id)
      return { deliveryId: id, source, event, origin, late: false, duplicate: true }
    }
    const moves = policy.transitionOf(
      known(state?.updatedAt),
      known(state?.occurredAt),
      wasDeleted,
      known(event.updatedAt),
      known(event.occurredAt),
      says,
      event.snapshot !== null
    )
    const late = state !== null && (moves & transition.late) !== 0
    const gone = (moves & transition.deleted) !== 0
    const before: Known | null = state === null ? null : { deleted: wasDeleted, snapshot: snapshot! }
    const createdBy = action === "create" ? id : (state?.createdBy ?? null)
    let after = before
    let changed: ReadonlyArray<string> = []
    let undo: Buffer | null = null
    if (late) {
      if (createdBy !== state.createdBy) noteCreated.run(createdBy, state.id)
    } else {
      // A push may carry a part of the entity only; what it does not name stays as it was.
      after = {
        deleted: gone,
        snapshot: event.snapshot === null ? (snapshot ?? {}) : withShown(snapshot, event.snapshot, seen)
      }
      changed = changedBy(event, action === "create" ? null : before, after, shower, seen).filter(
        (field) => field !== (providerOf(source)?.entities[event.entity]?.updatedAtField ?? "updated_at")
      )
      undo = sealJson(reversePatchOf(before, after))
      const values = [
        event.updatedAt ?? state?.updatedAt ?? null,
        gone ? 1 : 0,
        event.occurredAt ?? null,
        sealJson(after.snapshot),
        event.snapshot === null ? (state?.shownBy ?? 0) : (state?.shownBy ?? 0) | bit,
        id,
        event.updatedAt,
        bit,
        createdBy
      ]
      if (state === null) insertState.run(source, event.entity, event.entityId, ...values)
      else updateState.run(...values, state.id)
    }
    const own = serviceAccountOf(source)
    const echo: Echo | null =
      own !== null && event.actor === own
        ? "actor"
        : !late && writtenBySelf(lastWrite(source, event.entity, event.entityId), changed, visible(after))
          ? "lastWrite"
          : null
    markApplied.run(undo, JSON.stringify(late ? null : changed), echo, id)
    return { deliveryId: id, source, event, origin, late, duplicate: false }
  }

  return {
    applyAll: (events) => {
      const applied = aside.each<(typeof events)[number], Applied | null>(
        relaxed,
        events,
        ({ event, id }) => apply(id, event),
        ({ id }, error) => {
          aside.setAside(id, error)
          return null
        }
      )
      for (const { id } of events) log.forget(id)
      return applied.filter((one) => one !== null)
    },
    // A sweep that is lost is made again.
    mergeState: (source, entity, entityId, updatedAt, news, looked, shownTo, shower = "list") =>
      relaxed(() => {
        const state = stateOf(source, entity, entityId)
        if (state === null || state.updatedAt !== looked.updatedAt) return
        const snapshot = snapshotOf(state)
        // Two changes of one second share a stamp.
        if (!same(snapshot, looked.snapshot)) return
        const seen = shownBefore(state.shownBy, shower)
        const { createdBy, id, shownBy, toldAs, toldAt, toldBy } = state
        const merged = sealJson(withShown(snapshot, news, seen))
        updateState.run(
          updatedAt,
          0,
          shownTo,
          merged,
          shownBy | showerBit[shower],
          toldBy,
          toldAt,
          toldAs,
          createdBy,
          id
        )
      }),
    fillState: (source, entity, entityId, updatedAt, snapshot, shownTo, shower) =>
      relaxed(() => {
        const bit = showerBit[shower]
        insertState.run(
          source,
          entity,
          entityId,
          updatedAt,
          0,
          shownTo,
          sealJson(snapshot),
          bit,
          null,
          null,
          null,
          null
        )
      }),
    state: (source, entity, entityId) => {
      const state = stateOf(source, entity, entityId)
      return state === null
        ? null
        : {
            updatedAt: state.updatedAt,
            deleted: state.deleted === 1,
            touchedAt: state.touchedAt,
            occurredAt: state.occurredAt,
            shownBy: state.shownBy,
            snapshot: snapshotOf(state)
          }
    },
    states: (source, entity) =>
      (
        database
          .prepare(
            "SELECT entity_id AS entityId, updated_at AS updatedAt, deleted FROM entity_state WHERE source = ? AND entity = ?"
          )
          .all(source, entity) as Array<{ entityId: string; updatedAt: number | null; deleted: number }>
      ).map((row) => ({ ...row, deleted: row.deleted === 1 }))
  }
}
