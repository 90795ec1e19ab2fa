/**
 * An entity as a list shows it against the state that is known of it: a change that no push told of, a note in the
 * state, or nothing. Stamps decide first; content is compared only where they leave it open. Unknown stamps and moments
 * are NaN.
 */
import { hasMoved } from "./VersionOrder.js"

export const finding = {
  nothing: 0,
  /** It is of before the watch: taken up without an event. */
  fill: 1,
  create: 2,
  update: 3,
  /** It was taken for deleted, and is listed: an event. */
  restore: 4,
  /** Its stamp moved, or fields came that were not known: noted without an event. */
  refresh: 5,
  /** A whole second was read: noted once, since a push of that second is late from now on. */
  confirm: 6,
  /** The content decides. */
  compare: 7,
  /** Read too early to be compared: the state may lack a change of before, and is not known to be whole. */
  doubt: 8
} as const

/** Of an entity that is not known. `beganAt`: since when its type is watched; 0 for all time. */
export const findingOfUnknown = (stamp: number, createdAt: number, beganAt: number, meetsThePast: boolean): number => {
  const moment = Number.isNaN(stamp) ? createdAt : stamp
  // Of an entity without any stamp the first sweep is the beginning.
  const past = Number.isNaN(moment) ? beganAt > 0 : moment < beganAt
  if (meetsThePast && past) return finding.fill
  return createdAt < beganAt ? finding.update : finding.create
}

/**
 * `shownTo` is NaN where the list was read too early to show all that has its stamp. `readable`: it was read long
 * enough after the known one.
 */
export const findingByStamps = (
  stamp: number,
  shownTo: number,
  listedAsDeleted: boolean,
  knownStamp: number,
  isDeleted: boolean,
  readable: boolean
): number => {
  if (stamp < knownStamp) return isDeleted || readable ? finding.nothing : finding.doubt
  if (!isDeleted) return finding.compare
  if (listedAsDeleted) return finding.nothing
  // A list that is older than the deletion still shows the entity.
  return hasMoved(stamp, knownStamp) || !Number.isNaN(shownTo) ? finding.restore : finding.nothing
}

/**
 * `complete`: all that the list shows is in the state. A list that was read too early may show what came before a push
 * of the same second, or a change of before that push of which none told: the next sweep reads that second again.
 */
export const findingByContent = (
  stamp: number,
  shownTo: number,
  knownStamp: number,
  knownMoment: number,
  differs: boolean,
  complete: boolean
): number => {
  if (differs) return stamp === knownStamp && Number.isNaN(shownTo) ? finding.doubt : finding.update
  if (hasMoved(stamp, knownStamp) || !complete) return finding.refresh
  return Number.isNaN(knownMoment) && !Number.isNaN(shownTo) ? finding.confirm : finding.nothing
}

/**
 * Whether an entity that a complete list lacks may be gone. One that was pushed a moment ago may be readable later: the
 * next comparison tells.
 */
export const mayBeGone = (isDeleted: boolean, readable: boolean): boolean => !isDeleted && readable
