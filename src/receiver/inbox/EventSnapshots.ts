/**
 * Before and after of events that wait for the handler: the entity's state with the effects of the events after it taken
 * back. Events of one entity move its state in the order of their numbers, so the later ones are those that wait behind it.
 */
import type { Snapshot } from "../../domain/Event.js"
import { EntityStateRows } from "../../store/index.js"
import type { InboxFile } from "./InboxFile.js"
import { applyReverse, type Known, type ReversePatch, visible } from "./ReversePatch.js"

export interface EventSnapshots {
  readonly before: Snapshot | null
  readonly after: Snapshot | null
}

export interface Waiting {
  readonly id: number
  readonly source: string
  readonly entity: string
  readonly entityId: string
  readonly before: Buffer | null
  readonly after: Buffer | null
  readonly undo: Buffer | null
  readonly changed: string | null
}

export interface SnapshotReader {
  readonly of: (events: ReadonlyArray<Waiting>) => ReadonlyMap<number, EventSnapshots>
  /** Keeps an event's versions with it, whatever becomes of the others. */
  readonly writeOut: (id: number) => void
}

export const openSnapshotReader = ({ database, openText, sealJson }: InboxFile): SnapshotReader => {
  const findSnapshot = EntityStateRows.findSnapshot(database)
  const selectLater = database.prepare(
    `SELECT id, undo FROM delivery WHERE source = ? AND entity = ? AND entity_id = ? AND state = 'stored' AND applied = 1
     AND id >= ? ORDER BY id DESC`
  )
  const selectOne = database.prepare(
    "SELECT id, source, entity, entity_id AS entityId, before, after, undo, changed FROM delivery WHERE id = ?"
  )
  const write = database.prepare("UPDATE delivery SET before = ?, after = ?, undo = NULL WHERE id = ?")
  const open = (blob: Buffer): unknown => JSON.parse(openText(blob))

  const ofEntity = (events: ReadonlyArray<Waiting>, into: Map<number, EventSnapshots>): void => {
    const { entity, entityId, source } = events[0]!
    const row = findSnapshot.get(source, entity, entityId)
    let state: Known | null =
      row === undefined ? null : { deleted: row.deleted === 1, snapshot: open(row.snapshot) as Snapshot }
    const first = events.reduce((least, { id }) => Math.min(least, id), Number.MAX_SAFE_INTEGER)
    for (const later of selectLater.iterate(source, entity, entityId, first) as Iterable<{
      id: number
      undo: Buffer | null
    }>) {
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
        // Written out: a dead letter that was brought back, or applied by an earlier version.
        const of = (blob: Buffer | null) => (blob === null ? null : (open(blob) as Snapshot))
        known.set(event.id, { before: of(event.before), after: of(event.after) })
        continue
      }
      const key = `${event.source}\0${event.entity}\0${event.entityId}`
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
      const event = selectOne.get(id) as Waiting
      const { after, before } = of([event]).get(id)!
      write.run(before === null ? null : sealJson(before), after === null ? null : sealJson(after), id)
    }
  }
}
