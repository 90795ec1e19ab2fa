/**
 * One change is one event, whichever way it comes: a list and a push, an app and a rule tell of the same change in different
 * shapes, so that no hash of a body finds them alike. The entity's state does. Pure.
 */
import type { EpochMillis } from "../../domain/Time.js"

/** What the state knows of the events that made it. */
export interface ToldSoFar {
  readonly updatedAt: EpochMillis | null
  readonly deleted: boolean
  /** The delivery that told of the last change, that change's stamp, and the kind of look (domain/Shown.ts). */
  readonly toldBy: number | null
  readonly toldAt: EpochMillis | null
  readonly toldAs: number | null
  /** The delivery that told of the creation. */
  readonly createdBy: number | null
}

export interface Telling {
  readonly action: string
  /** It says that the entity is gone. */
  readonly says: boolean
  readonly shower: number
  readonly updatedAt: EpochMillis | null
}

/**
 * The delivery that has told of this change already; `null` for news. An entity is made once and deleted once, until it is
 * back. An update is the same change when another kind of look told of its stamp and this one shows no field otherwise: two
 * pushes within one second stay two.
 */
export const firstTeller = (telling: Telling, state: ToldSoFar, differs: () => boolean): number | null => {
  if (telling.says) return state.deleted ? state.toldBy : null
  if (state.deleted) return null
  const older = telling.updatedAt === null || state.updatedAt === null || telling.updatedAt <= state.updatedAt
  if (telling.action === "create" && state.createdBy !== null) return older || !differs() ? state.createdBy : null
  const sameStamp =
    telling.updatedAt !== null && telling.updatedAt === state.toldAt && telling.updatedAt === state.updatedAt
  return sameStamp && state.toldAs !== telling.shower && !differs() ? state.toldBy : null
}
