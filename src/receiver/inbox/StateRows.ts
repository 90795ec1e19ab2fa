/** The stored states of entities: rows with a sealed snapshot, opened when read and sealed when written. */
import type { Snapshot } from "../../domain/Event.js"
import type { EpochMillis } from "../../domain/Time.js"
import { EntityStateRows } from "../../store/index.js"
import type { InboxFile } from "./InboxFile.js"
import type { NextState, StoredState } from "./StateChange.js"

export interface StateOfRow extends StoredState {
  readonly id: number
  readonly touchedAt: EpochMillis | null
  readonly tells: Readonly<Record<string, EpochMillis>>
  readonly sealedSnapshot: Buffer
}

export interface StateRows {
  readonly find: (source: string, entity: string, entityId: string) => StateOfRow | null
  readonly insert: (
    source: string,
    entity: string,
    entityId: string,
    next: NextState & { readonly snapshot: Snapshot }
  ) => void
  readonly update: (state: StateOfRow, next: NextState) => void
  readonly setCreatedBy: (delivery: number | null, id: number) => void
  readonly touch: (at: EpochMillis, pushedAt: EpochMillis, source: string, entity: string, entityId: string) => void
  /** A push has told of a part of an earlier change. */
  readonly setPushedAt: (pushedAt: EpochMillis, id: number) => void
  /** A dependant of the kind that this field tells of came at that moment. */
  readonly tell: (field: string, at: EpochMillis, source: string, entity: string, entityId: string) => void
  readonly ofType: (
    source: string,
    entity: string
  ) => ReadonlyArray<{ readonly entityId: string; readonly updatedAt: EpochMillis | null; readonly deleted: boolean }>
}

export const openStateRows = ({ database, openText, sealJson }: InboxFile): StateRows => {
  const findState = EntityStateRows.findState(database)
  const insertState = EntityStateRows.insertState(database)
  const updateState = EntityStateRows.updateState(database)
  const setCreatedBy = EntityStateRows.setCreatedBy(database)
  const touchState = EntityStateRows.touchState(database)
  const setPushedAt = EntityStateRows.setPushedAt(database)
  const tellState = EntityStateRows.tellState(database)
  const statesOfType = EntityStateRows.statesOfType(database)
  const valuesOf = (next: NextState, snapshot: Buffer): EntityStateRows.StateValues => [
    next.updatedAt,
    next.deleted ? 1 : 0,
    next.occurredAt,
    snapshot,
    next.shownBy,
    next.toldBy,
    next.toldAt,
    next.toldAs,
    next.createdBy,
    next.pushedAt
  ]
  return {
    find: (source, entity, entityId) => {
      const row = findState.get(source, entity, entityId)
      if (row === undefined) return null
      const snapshot = JSON.parse(openText(row.snapshot)) as Snapshot
      const tells = row.tells === null ? {} : (JSON.parse(row.tells) as StateOfRow["tells"])
      const carried = row.carried === null ? null : (JSON.parse(row.carried) as ReadonlyArray<string>)
      return { ...row, deleted: row.deleted === 1, tells, carried, snapshot, sealedSnapshot: row.snapshot }
    },
    insert: (source, entity, entityId, next) =>
      void insertState.run(source, entity, entityId, ...valuesOf(next, sealJson(next.snapshot))),
    update: (state, next) =>
      void updateState.run(
        ...valuesOf(next, next.snapshot === null ? state.sealedSnapshot : sealJson(next.snapshot)),
        next.carried === null ? null : JSON.stringify(next.carried),
        next.carried === null ? 0 : 1,
        state.id
      ),
    setCreatedBy: (delivery, id) => void setCreatedBy.run(delivery, id),
    touch: (at, pushedAt, ...key) => void touchState.run(at, pushedAt, ...key),
    setPushedAt: (pushedAt, id) => void setPushedAt.run(pushedAt, id),
    tell: (field, at, ...key) => void tellState.run(`$.${field}`, `$.${field}`, at, ...key),
    ofType: (source, entity) => statesOfType.all(source, entity).map((row) => ({ ...row, deleted: row.deleted === 1 }))
  }
}
