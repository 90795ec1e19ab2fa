/** A recording of less than about a day is a first look, and its figures are said to be one. Pure. */
import { roundedDuration } from "../../domain/DurationText.js"

/** Slow pollers, quiet nights and busy hours show in about a day. */
export const enoughSeconds = 20 * 3_600

/** Sweeps from which a poller is told (analysis/detection). */
const sweepsOfPoller = 4

/** `null` for a recording that is long enough. */
export const firstLookNote = (seconds: number): string | null =>
  seconds >= enoughSeconds
    ? null
    : `a first look, from ${roundedDuration(seconds)} of recording: pollers slower than ${roundedDuration(seconds / sweepsOfPoller)} do not show yet, and other hours may be busier; record for about a day before you decide`
