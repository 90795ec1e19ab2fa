/**
 * What each entity looks like as far as is known, moved by deliveries and never backwards: what gives every update its
 * before and after. Of each event only what takes it back is written down (Undo.ts): an event of 2 KB costs half the pages.
 */
import { canonicalJson } from "../../domain/CanonicalJson.js"
import { actionOf, changedFields, type Echo, type Origin, type PushedEvent, type Snapshot } from "../../domain/Event.js"
import { isLate } from "../../domain/EventOrder.js"
import type { EpochMillis } from "../../domain/Time.js"
import type { Applied, EntityState } from "./Delivery.js"
import type { DeliveryLog } from "./DeliveryLog.js"
import type { InboxFile } from "./InboxFile.js"
import { writtenBySelf } from "./OwnWrites.js"
import { type Known, undoOf, visible } from "./Undo.js"

export interface EntityStates {
  /** Stored deliveries after the one with this number that have not moved the entity state yet, oldest first. */
  readonly unapplied: (
    after: number,
    limit: number
  ) => ReadonlyArray<{ readonly id: number; readonly event: PushedEvent; readonly source: string }>
  /** Moves the entity state by stored deliveries, in one transaction; from then on they wait for the handler. */
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
    shownTo: EpochMillis | null
  ) => void
  readonly state: (source: string, entity: string, entityId: string) => EntityState | null
  readonly states: (
    source: string,
    entity: string
  ) => ReadonlyArray<{ readonly entityId: string; readonly updatedAt: EpochMillis | null; readonly deleted: boolean }>
}

const same = (a: unknown, b: unknown): boolean => a === b || canonicalJson(a) === canonicalJson(b)

interface KnownState {
  readonly id: number
  readonly updatedAt: number | null
  readonly deleted: number
  readonly touchedAt: number | null
  readonly occurredAt: number | null
  readonly snapshot: Buffer
}

const isLateFor = (event: PushedEvent, known: KnownState): boolean =>
  event.updatedAt !== null &&
  known.updatedAt !== null &&
  isLate(event.updatedAt, event.occurredAt ?? Number.NaN, known.updatedAt, known.occurredAt ?? Number.NaN)

export const openEntityStates = (file: InboxFile, log: DeliveryLog): EntityStates => {
  const { database, openText, providerOf, relaxed, sealJson, serviceAccountOf } = file
  const selectUnapplied = database.prepare(
    "SELECT id, source FROM delivery WHERE state = 'stored' AND applied = 0 AND id > ? ORDER BY id LIMIT ?"
  )
  const selectMeta = database.prepare("SELECT source, origin FROM delivery WHERE id = ?")
  const selectState = database.prepare(
    `SELECT id, updated_at AS updatedAt, deleted, touched_at AS touchedAt, occurred_at AS occurredAt, snapshot
     FROM entity_state WHERE source = ? AND entity = ? AND entity_id = ?`
  )
  const insertState = database.prepare(
    "INSERT INTO entity_state (source, entity, entity_id, updated_at, deleted, occurred_at, snapshot) VALUES (?, ?, ?, ?, ?, ?, ?)"
  )
  const updateState = database.prepare(
    "UPDATE entity_state SET updated_at = ?, deleted = ?, occurred_at = ?, snapshot = ? WHERE id = ?"
  )
  const touch = database.prepare(
    `UPDATE entity_state SET touched_at = max(coalesce(touched_at, 0), ?) WHERE source = ? AND entity = ? AND entity_id = ?`
  )
  const markApplied = database.prepare(
    "UPDATE delivery SET applied = 1, undo = ?, changed = ?, echo = ?, next_attempt_at = 0 WHERE id = ?"
  )
  const quarantine = database.prepare("UPDATE delivery SET state = 'quarantined' WHERE id = ?")
  const selectOwnWrite = database
    .prepare("SELECT fields FROM own_write WHERE source = ? AND entity = ? AND entity_id = ?")
    .pluck()

  const known = (source: string, entity: string, entityId: string): KnownState | null =>
    (selectState.get(source, entity, entityId) as KnownState | undefined) ?? null
  const snapshotOf = (state: KnownState): Snapshot => JSON.parse(openText(state.snapshot)) as Snapshot

  const lastWrite = (source: string, entity: string, entityId: string): Snapshot | null => {
    const blob = selectOwnWrite.get(source, entity, entityId) as Buffer | undefined
    return blob === undefined ? null : (JSON.parse(openText(blob)) as Snapshot)
  }

  const apply = (id: number, event: PushedEvent): Applied => {
    const { origin, source } = selectMeta.get(id) as { source: string; origin: Origin }
    const state = known(source, event.entity, event.entityId)
    const snapshot = state === null ? null : snapshotOf(state)
    const type = providerOf(source)?.entities[event.entity]
    // Some products report a deletion as an update.
    const says = actionOf(event.event) === "delete" || event.snapshot?.["deleted"] === true
    // What the provider does not show any more is still gone, whatever event of it comes behind.
    const gone = says || (event.snapshot === null && state?.deleted === 1)
    const late = state !== null && isLateFor(event, state)
    const before: Known | null = state === null ? null : { deleted: state.deleted === 1, snapshot: snapshot! }
    let after = before
    let changed: ReadonlyArray<string> = []
    let undo: Buffer | null = null
    if (!late) {
      // A push may carry a part of the entity only; what it does not name stays as it was.
      after = { deleted: gone, snapshot: { ...snapshot, ...event.snapshot } }
      changed = changedFields(visible(before), visible(after), same).filter(
        (field) => field !== (type?.updatedAtField ?? "updated_at")
      )
      undo = sealJson(undoOf(before, after))
      const values = [
        event.updatedAt ?? state?.updatedAt ?? null,
        gone ? 1 : 0,
        event.occurredAt ?? null,
        sealJson(after.snapshot)
      ]
      if (state === null) insertState.run(source, event.entity, event.entityId, ...values)
      else updateState.run(...values, state.id)
    }
    // A reply moves its ticket's stamp: remembered, so that reconciliation can tell it from a change it missed.
    const parent = type?.touches === undefined ? undefined : event.snapshot?.[type.touches.idField]
    if (type?.touches !== undefined && parent !== undefined && event.updatedAt !== null)
      touch.run(event.updatedAt, source, type.touches.entity, String(parent))
    const own = serviceAccountOf(source)
    const echo: Echo | null =
      own !== null && event.actor === own
        ? "actor"
        : !late && writtenBySelf(lastWrite(source, event.entity, event.entityId), changed, visible(after))
          ? "lastWrite"
          : null
    markApplied.run(undo, JSON.stringify(late ? null : changed), echo, id)
    return { deliveryId: id, source, event, origin, late }
  }

  return {
    unapplied: (after, limit) =>
      (selectUnapplied.all(after, limit) as Array<{ id: number; source: string }>).flatMap(({ id, source }) => {
        const event = log.eventOf(id, source)
        if (event !== null) return [{ id, source, event }]
        // Understood once, by a description of its provider that is another now.
        quarantine.run(id)
        return []
      }),
    applyAll: (events) => {
      const applied = relaxed(() => events.map(({ event, id }) => apply(id, event)))
      for (const { id } of events) log.forget(id)
      return applied
    },
    // A sweep that is lost is made again.
    mergeState: (source, entity, entityId, updatedAt, news, looked, shownTo) =>
      relaxed(() => {
        const state = known(source, entity, entityId)
        if (state === null || state.updatedAt !== looked.updatedAt) return
        const snapshot = snapshotOf(state)
        // Two changes of one second share a stamp.
        if (!same(snapshot, looked.snapshot)) return
        updateState.run(updatedAt, 0, shownTo, sealJson({ ...snapshot, ...news }), state.id)
      }),
    state: (source, entity, entityId) => {
      const state = known(source, entity, entityId)
      return state === null
        ? null
        : {
            updatedAt: state.updatedAt,
            deleted: state.deleted === 1,
            touchedAt: state.touchedAt,
            occurredAt: state.occurredAt,
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
