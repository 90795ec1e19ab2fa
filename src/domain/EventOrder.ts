/**
 * Which of two states of an entity is the newer, by the provider's stamps and, since those often have whole seconds, by a finer
 * moment where one is known. Pure; a moment that is not known is NaN.
 */
import type { EpochMillis } from "./Time.js"

/**
 * A write is readable, and with it all that shares its stamp, after so long: a read that comes later shows the last of that
 * second. Read-after-write lags of the products are about a second [assumed]; this leaves room.
 */
export const readableWithinMs = 30_000

/**
 * A sweep, or whoever asks what changed, reads again from so much before where the last one came to: it covers whole-second
 * stamps and the delay until a write is readable.
 */
export const overlapMs = 120_000

/** The last moment that can have a stamp. */
export const endOfSecond = (stamp: EpochMillis): EpochMillis => Math.floor(stamp / 1_000) * 1_000 + 999

/** The moment up to which a read shows what has this stamp; NaN where it came too early to tell. */
export const shownUpTo = (stamp: EpochMillis, readAt: EpochMillis, readableMs = readableWithinMs): number =>
  readAt - stamp >= readableMs ? endOfSecond(stamp) : Number.NaN

/** Whether an event tells of an older state than the known one. One without a moment adds nothing to a whole second that was read. */
export const isLate = (stamp: EpochMillis, moment: number, knownStamp: EpochMillis, knownMoment: number): boolean =>
  stamp < knownStamp ||
  (stamp === knownStamp && (Number.isNaN(moment) ? knownMoment >= endOfSecond(stamp) : moment < knownMoment))
