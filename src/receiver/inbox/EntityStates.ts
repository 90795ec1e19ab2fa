/**
 * The state of each entity as far as deliveries and sweeps have shown it. Deliveries move it, and never backwards: that
 * gives every update its before and after. Each event keeps only its reverse patch (ReversePatch.ts): at 2 KB it costs
 * half the pages.
 */
import type { EntityState } from "../../domain/EntityState.js"
import { actionOf, type PushedEvent, type Snapshot } from "../../domain/Event.js"
import { fieldsThatDiffer, type Shower, same, showerBit, shownBefore, withShown } from "../../domain/Shown.js"
import { type EpochMillis, parseTimestamp } from "../../domain/Time.js"
import { isToldByAnother } from "../../policy/index.js"
import { tellsOf } from "../../providers/index.js"
import { DeliveryRows, PushRows } from "../../store/index.js"
import { idOf } from "../payloads/Payload.js"
import type { Applied } from "./Delivery.js"
import type { DeliveryLog } from "./DeliveryLog.js"
import { openEchoDetection } from "./EchoDetection.js"
import type { InboxFile } from "./InboxFile.js"
import { visible } from "./ReversePatch.js"
import type { SetAside } from "./SetAside.js"
import { changeBy, type NextState, type StateChange, showerOf } from "./StateChange.js"
import { openStateRows, type StateOfRow, type StateRows } from "./StateRows.js"

export interface EntityStates {
  /**
   * Moves the entities' states by stored deliveries, in one transaction; their events then wait for the handler. A
   * delivery that cannot be applied is set aside.
   */
  readonly applyAll: (
    events: ReadonlyArray<{ readonly id: number; readonly event: PushedEvent }>
  ) => ReadonlyArray<Applied>
  /**
   * Moves an entity's state without an event: a new stamp, or fields that nothing had shown before. `looked` is the
   * state that this follows from: once an event has moved the state since, nothing is done. `shownTo` is the sub-second
   * time up to which the snapshot is current.
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
  /** Takes up an entity of the past without an event; an entity that has a state keeps it. */
  readonly fillState: (
    source: string,
    entity: string,
    entityId: string,
    updatedAt: EpochMillis | null,
    snapshot: Snapshot,
    shownTo: EpochMillis | null,
    shower: "list" | "item"
  ) => void
  /** The state may lack a change of before this moment, which the next sweep or reading shows. */
  readonly doubtState: (source: string, entity: string, entityId: string, readAt: EpochMillis) => void
  readonly state: (source: string, entity: string, entityId: string) => EntityState | null
  readonly states: (
    source: string,
    entity: string
  ) => ReadonlyArray<{ readonly entityId: string; readonly updatedAt: EpochMillis | null; readonly deleted: boolean }>
}

export const openEntityStates = (
  file: InboxFile,
  log: Pick<DeliveryLog, "forget" | "tellersOf">,
  aside: SetAside
): EntityStates => {
  const { relaxed } = file
  const rows = openStateRows(file)
  const apply = openApplying(file, rows, log.tellersOf)
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
        const state = rows.find(source, entity, entityId)
        if (state === null || state.updatedAt !== looked.updatedAt) return
        // Two changes of one second share a stamp.
        if (!same(state.snapshot, looked.snapshot)) return
        rows.update(state, {
          ...state,
          updatedAt,
          deleted: false,
          occurredAt: shownTo,
          snapshot: withShown(state.snapshot, news, shownBefore(state.shownBy, shower)),
          shownBy: state.shownBy | showerBit[shower],
          carried: null
        })
      }),
    fillState: (source, entity, entityId, updatedAt, snapshot, shownTo, shower) =>
      relaxed(() => rows.insert(source, entity, entityId, firstState(updatedAt, snapshot, shownTo, shower))),
    doubtState: (source, entity, entityId, readAt) =>
      relaxed(() => {
        const state = rows.find(source, entity, entityId)
        if (state !== null) rows.setPushedAt(Math.max(readAt, state.pushedAt ?? 0), state.id)
      }),
    state: (source, entity, entityId) => {
      const state = rows.find(source, entity, entityId)
      if (state === null) return null
      const { deleted, occurredAt, shownBy, snapshot, tells, touchedAt, updatedAt } = state
      return { updatedAt, deleted, touchedAt, tells, occurredAt, shownBy, snapshot }
    },
    states: rows.ofType
  }
}

/** Nothing has told of it as a change. */
const firstState = (
  updatedAt: EpochMillis | null,
  snapshot: Snapshot,
  shownTo: EpochMillis | null,
  shower: Shower
): NextState & { readonly snapshot: Snapshot } => ({
  updatedAt,
  deleted: false,
  occurredAt: shownTo,
  snapshot,
  shownBy: showerBit[shower],
  toldBy: null,
  toldAt: null,
  toldAs: null,
  createdBy: null,
  pushedAt: null,
  carried: null
})

/** The kind of look that a delivery is: one without its entity is a request for it. */
const lookOf = (event: PushedEvent): number => showerBit[event.snapshot === null ? "item" : showerOf(event, "webhook")]

/** Counts the pushes of each event, and notes now and then that deliveries of a type come. */
const openPushNotes = ({ database }: InboxFile): ((source: string, event: PushedEvent, at: EpochMillis) => void) => {
  const note = PushRows.notePush(database)
  const count = PushRows.countPush(database)
  const noted = new Map<string, EpochMillis>()
  return (source, { entity, event, updatedAt }, at) => {
    count(source, event, at, updatedAt ?? at)
    const key = `${source}\t${entity}`
    if (at - (noted.get(key) ?? Number.NEGATIVE_INFINITY) < noteEveryMs) return
    note.run(source, entity, at)
    noted.set(key, at)
  }
}

const noteEveryMs = 3_600_000

/** In a transaction: moves the state by one event. */
const openApplying = (
  file: InboxFile,
  rows: StateRows,
  tellersOf: DeliveryLog["tellersOf"]
): ((id: number, event: PushedEvent) => Applied) => {
  const { database, policy, providerOf, sealJson } = file
  const findOrigin = DeliveryRows.findOrigin(database)
  const markApplied = DeliveryRows.markApplied(database)
  const markDuplicate = DeliveryRows.markDuplicate(database)
  const addDuplicate = DeliveryRows.addDuplicate(database)
  const echoOf = openEchoDetection(file)
  const notePush = openPushNotes(file)

  /** A reply moves its ticket's stamp: remembered, so that reconciliation can tell it from a missed change. */
  const touchParent = (source: string, event: PushedEvent, receivedAt: EpochMillis): void => {
    const touches = providerOf(source)?.entities[event.entity]?.touches
    // That a reply's deletion moves the stamp is not documented.
    const mayMove = touches !== undefined && actionOf(event.event) !== "delete"
    const parent = mayMove ? idOf(event.snapshot?.[touches.idField]) : null
    if (!mayMove || parent === null || event.snapshot === null) return
    if (event.updatedAt !== null) rows.touch(event.updatedAt, receivedAt, source, touches.entity, parent)
    const provider = providerOf(source)!
    const createdAt = parseTimestamp(event.snapshot[provider.entities[event.entity]?.createdAtField ?? "created_at"])
    if (createdAt === null) return
    for (const sign of provider.sweeps[touches.entity]?.tells?.signs ?? [])
      if (tellsOf(sign, event.snapshot)) rows.tell(sign.field, createdAt, source, touches.entity, parent)
  }

  const writeState = (
    source: string,
    event: PushedEvent,
    receivedAt: EpochMillis,
    state: StateOfRow | null,
    change: StateChange
  ): void => {
    if (change.kind === "moved") {
      if (state === null) rows.insert(source, event.entity, event.entityId, change.next)
      else rows.update(state, change.next)
    } else if (change.kind === "duplicate") {
      if (change.next !== null) rows.update(state!, change.next)
    } else {
      if (change.createdBy !== state!.createdBy) rows.setCreatedBy(change.createdBy, state!.id)
      if (change.inPart) rows.setPushedAt(receivedAt, state!.id)
    }
  }

  /** The delivery by which another route has told of a late event's change; `null` for none. */
  const toldByRoute = (id: number, source: string, event: PushedEvent): number | null => {
    const look = lookOf(event)
    return tellersOf(id, source, event).find((teller) => isToldByAnother(look, lookOf(teller.event)))?.id ?? null
  }

  /** The push of another route to which the answer to a request gives way; `null` for none. */
  const givenWayTo = (
    id: number,
    source: string,
    event: PushedEvent,
    state: StateOfRow,
    updatedAtField: string
  ): number | null => {
    const [stamp, knownStamp] = [event.updatedAt ?? Number.NaN, state.updatedAt ?? Number.NaN]
    const [shownTo, knownMoment] = [event.occurredAt ?? Number.NaN, state.occurredAt ?? Number.NaN]
    const { shownBy, snapshot } = event
    if (shownBy !== "item" || snapshot === null || !policy.givesWay(stamp, shownTo, knownStamp, knownMoment))
      return null
    // Fields that no push carries say nothing of the order.
    const contradicts = (pushed: Snapshot): boolean => {
      const both = Object.fromEntries(Object.entries(snapshot).filter(([field]) => Object.hasOwn(pushed, field)))
      const differing = fieldsThatDiffer(state.snapshot, both, { byThis: false, byOthers: true })
      return differing.some((field) => field !== updatedAtField)
    }
    const pushes = tellersOf(id, source, event).filter((teller) => teller.event.occurredAt != null)
    return pushes.find((teller) => teller.event.snapshot !== null && contradicts(teller.event.snapshot))?.id ?? null
  }

  /** The delivery by which another route has told of the change; `null` for news. */
  const toldBefore = (
    id: number,
    source: string,
    event: PushedEvent,
    state: StateOfRow | null,
    moving: StateChange,
    updatedAtField: string
  ): number | null => {
    if (moving.kind === "late") return toldByRoute(id, source, event)
    if (moving.kind !== "moved" || state === null || state.deleted || moving.next.deleted) return null
    return givenWayTo(id, source, event, state, updatedAtField)
  }

  return (id, event) => {
    const { origin, receivedAt, source } = findOrigin.get(id)!
    const state = rows.find(source, event.entity, event.entityId)
    touchParent(source, event, receivedAt)
    const updatedAtField = providerOf(source)?.entities[event.entity]?.updatedAtField ?? "updated_at"
    const moving = changeBy({ deliveryId: id, event, origin, receivedAt, updatedAtField }, state, policy)
    const told = origin === "webhook" ? toldBefore(id, source, event, state, moving, updatedAtField) : null
    const change: StateChange = told === null ? moving : { kind: "duplicate", of: told, next: null }
    writeState(source, event, receivedAt, state, change)
    const duplicate = change.kind === "duplicate"
    if (duplicate) {
      addDuplicate.run(id, change.of)
      markDuplicate.run(change.of, id)
    } else if (change.kind === "late") {
      markApplied.run(null, "null", echoOf(source, event, null, null), id)
    } else {
      const { changed, next, patch } = change
      markApplied.run(sealJson(patch), JSON.stringify(changed), echoOf(source, event, changed, visible(next)), id)
    }
    if (origin === "webhook") notePush(source, event, receivedAt)
    return { deliveryId: id, source, event, origin, late: change.kind === "late", duplicate }
  }
}
