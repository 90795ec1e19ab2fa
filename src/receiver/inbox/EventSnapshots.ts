/**
 * Before and after of events that wait for the handler: the entity's state with the effects of the later events
 * reversed. Events of one entity move its state in the order of their numbers, so the later ones are those that wait
 * behind it.
 */
import type { Snapshot } from "../../domain/Event.js"
import { EntityStateRows, HandOverRows } from "../../store/index.js"
import { entityKeyOf } from "./EntityKey.js"
import type { InboxFile } from "./InboxFile.js"
import { applyReverse, type Known, type ReversePatch, visible } from "./ReversePatch.js"

export interface EventSnapshots {
  readonly before: Snapshot | null
  readonly after: Snapshot | null
}

type Waiting = HandOverRows.SnapshotColumns

export interface SnapshotReader {
  /** By the number of the event. */
  readonly of: (events: ReadonlyArray<Waiting>) => ReadonlyMap<number, EventSnapshots>
  /** Writes an event's snapshots into its row, so that they no longer depend on other events. */
  readonly writeOut: (id: number) => void
}

export const openSnapshotReader = ({ database, openText, sealJson }: InboxFile): SnapshotReader => {
  const findSnapshot = EntityStateRows.findSnapshot(database)
  const findColumns = HandOverRows.findSnapshotColumns(database)
  const reversePatches = HandOverRows.reversePatches(database)
  const setSnapshots = HandOverRows.setSnapshots(database)
  const open = (blob: Buffer): unknown => JSON.parse(openText(blob))

  const ofEntity = (events: ReadonlyArray<Waiting>, into: Map<number, EventSnapshots>): void => {
    const { entity, entityId, source } = events[0]!
    const row = findSnapshot.get(source, entity, entityId)
    let state: Known | null =
      row === undefined ? null : { deleted: row.deleted === 1, snapshot: open(row.snapshot) as Snapshot }
    const first = events.reduce((least, { id }) => Math.min(least, id), Number.MAX_SAFE_INTEGER)
    for (const later of reversePatches.iterate(source, entity, entityId, first)) {
      const after = visible(state)
      if (later.undo !== null) state = applyReverse(state, open(later.undo) as ReversePatch)
      if (events.some(({ id }) => id === later.id)) into.set(later.id, { before: visible(state), after })
    }
  }

  const of: SnapshotReader["of"] = (events) => {
    const known = new Map<number, EventSnapshots>()
    const byEntity = new Map<string, Array<Waiting>>()
    for (const event of events) {
      if (event.undo === null && event.changed !== "null") {
        // Written out: a dead letter that was brought back, or an event that an earlier version applied.
        const of = (blob: Buffer | null) => (blob === null ? null : (open(blob) as Snapshot))
        known.set(event.id, { before: of(event.before), after: of(event.after) })
        continue
      }
      const key = entityKeyOf(event)
      const others = byEntity.get(key)
      if (others === undefined) byEntity.set(key, [event])
      else others.push(event)
    }
    for (const group of byEntity.values()) ofEntity(group, known)
    return known
  }

  return {
    of,
    writeOut: (id) => {
      const event = findColumns.get(id)!
      const { after, before } = of([event]).get(id)!
      setSnapshots.run(before === null ? null : sealJson(before), after === null ? null : sealJson(after), id)
    }
  }
}
