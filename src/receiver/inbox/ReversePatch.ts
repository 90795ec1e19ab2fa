/**
 * Reverses an event's effect on its entity. It is small where an update changes a few fields, whatever the entity's
 * size. Before and after of an event follow from the current state and the patches of later events. Pure.
 */
import type { Snapshot } from "../../domain/Event.js"

/** The known part of an entity; `null` if the entity is unknown. */
export interface Known {
  readonly deleted: boolean
  readonly snapshot: Snapshot
}

export interface ReversePatch {
  /** The entity was unknown before. */
  readonly fresh?: true
  /** Whether the entity was deleted before, where that has changed. */
  readonly deleted?: boolean
  /** Fields that had another value. */
  readonly set?: Snapshot
  /** Fields that did not exist. */
  readonly unset?: ReadonlyArray<string>
}

export const reversePatchOf = (before: Known | null, after: Known): ReversePatch => {
  if (before === null) return { fresh: true }
  const set: Record<string, unknown> = {}
  const unset: Array<string> = []
  for (const [field, value] of Object.entries(after.snapshot)) {
    if (!Object.hasOwn(before.snapshot, field)) unset.push(field)
    else if (JSON.stringify(before.snapshot[field]) !== JSON.stringify(value)) set[field] = before.snapshot[field]
  }
  return {
    ...(before.deleted === after.deleted ? {} : { deleted: before.deleted }),
    ...(Object.keys(set).length === 0 ? {} : { set }),
    ...(unset.length === 0 ? {} : { unset })
  }
}

export const applyReverse = (state: Known | null, patch: ReversePatch): Known | null => {
  if (state === null || patch.fresh === true) return null
  if (patch.deleted === undefined && patch.set === undefined && patch.unset === undefined) return state
  const snapshot: Record<string, unknown> = { ...state.snapshot, ...patch.set }
  for (const field of patch.unset ?? []) delete snapshot[field]
  return { deleted: patch.deleted ?? state.deleted, snapshot }
}

/** The snapshot that a handler gets of an entity. */
export const visible = (state: Known | null): Snapshot | null =>
  state === null || state.deleted ? null : state.snapshot
