/**
 * What takes an event's effect on its entity back: small where an update changes a few fields, whatever the entity's size.
 * Before and after of an event follow from the state now and what later events did. Pure.
 */
import type { Snapshot } from "../../domain/Event.js"

/** An entity as far as it is known; `null`: not known at all. */
export interface Known {
  readonly deleted: boolean
  readonly snapshot: Snapshot
}

export interface ReversePatch {
  /** Nothing was known of the entity. */
  readonly fresh?: true
  /** It was deleted, or was not. */
  readonly deleted?: boolean
  /** Fields that had another value. */
  readonly set?: Snapshot
  /** Fields that were not there. */
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

/** What a handler sees of an entity. */
export const visible = (state: Known | null): Snapshot | null =>
  state === null || state.deleted ? null : state.snapshot
