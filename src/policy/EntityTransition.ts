/** How an event moves an entity's state. Unknown stamps and moments are NaN. */
import { hasMoved, isLate } from "./VersionOrder.js"

/** Bits of a transition. */
export const transition = {
  /** The event tells of an older version: the state stays. */
  late: 1,
  /** The state has a newer stamp afterwards. */
  moved: 2,
  /** The entity is gone afterwards. */
  deleted: 4,
  /** The entity was gone, and is back. */
  restored: 8
} as const

/**
 * `shows`: the event carries the entity. An event without it that does not say "deleted" brings no deleted entity back.
 */
export const transitionOf = (
  knownStamp: number,
  knownMoment: number,
  wasDeleted: boolean,
  stamp: number,
  moment: number,
  saysDeleted: boolean,
  shows: boolean
): number => {
  // A deletion need not move the stamp, and is the last of what has it.
  const ends = stamp === knownStamp && Number.isNaN(moment)
  const late = ends && saysDeleted !== wasDeleted ? wasDeleted : isLate(stamp, moment, knownStamp, knownMoment)
  if (late) return transition.late | (wasDeleted ? transition.deleted : 0)
  const moved = hasMoved(stamp, knownStamp) ? transition.moved : 0
  if (saysDeleted || (wasDeleted && !shows)) return moved | transition.deleted
  return moved | (wasDeleted ? transition.restored : 0)
}
