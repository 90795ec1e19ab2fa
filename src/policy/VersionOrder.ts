/**
 * Which of two versions of an entity is the newer: by the provider's stamps and, since those often have whole seconds,
 * by a finer moment where one is known. Unknown stamps and moments are NaN.
 */
import type { EpochMillis } from "../domain/Time.js"
import { readableAfterMs } from "./Defaults.js"

/** The last moment that can have a stamp. */
export const endOfSecond = (stamp: EpochMillis): EpochMillis => Math.floor(stamp / 1_000) * 1_000 + 999

/** Whether a read shows all that has this stamp: it came long enough after it. */
export const isReadable = (stamp: EpochMillis, readAt: EpochMillis, afterMs = readableAfterMs): boolean =>
  readAt - stamp >= afterMs

/** The moment up to which a read shows this stamp's changes; NaN where the read came too early to tell. */
export const shownUpTo = (stamp: EpochMillis, readAt: EpochMillis, afterMs = readableAfterMs): number =>
  isReadable(stamp, readAt, afterMs) ? endOfSecond(stamp) : Number.NaN

/**
 * The moment up to which the answer to a request for an event shows the changes of the event's stamp. An entity's
 * changes become readable in their order: an answer with a newer stamp shows all of them.
 */
export const fetchedUpTo = (
  eventStamp: EpochMillis,
  fetchedStamp: EpochMillis,
  readAt: EpochMillis,
  afterMs = readableAfterMs
): number => {
  if (fetchedStamp > eventStamp) return endOfSecond(eventStamp)
  return fetchedStamp === eventStamp ? shownUpTo(eventStamp, readAt, afterMs) : Number.NaN
}

/**
 * Whether an answer gives way to a push of the same second that shows other content. The push is of its moment; an
 * answer that was read too early may be of an earlier one. The next sweep reads that second again.
 */
export const givesWay = (stamp: EpochMillis, shownTo: number, knownStamp: EpochMillis, knownMoment: number): boolean =>
  stamp === knownStamp && Number.isNaN(shownTo) && !Number.isNaN(knownMoment)

/**
 * Whether a version is older than the known one. An event without a moment adds nothing to a whole second that was
 * read.
 */
export const isLate = (stamp: EpochMillis, moment: number, knownStamp: EpochMillis, knownMoment: number): boolean =>
  stamp < knownStamp ||
  (stamp === knownStamp && (Number.isNaN(moment) ? knownMoment >= endOfSecond(stamp) : moment < knownMoment))

/** Whether a stamp is newer than the known one; any stamp is newer than none. */
export const hasMoved = (stamp: EpochMillis, knownStamp: EpochMillis): boolean =>
  stamp > knownStamp || (Number.isNaN(knownStamp) && !Number.isNaN(stamp))
