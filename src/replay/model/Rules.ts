/**
 * The decisions on which "nothing is lost" rests, each a pure function with one name. The fast driver makes them by these;
 * the tests replace one at a time by a wrong one and see that the histories betray it (docs/replay.md).
 */
import { isLate } from "../../domain/EventOrder.js"

export interface Rules {
  /** When a delivery is answered that arrived and reached the disk then. */
  readonly answeredAt: (arrivedAt: number, onDiskAt: number) => number
  /** From when on a poller asks that last swept then. */
  readonly pollsFrom: (lastSweep: number, overlapMs: number) => number
  /** The part of a delivery's duplicate key that tells apart the changes of one entity. */
  readonly keyOf: (stamp: number, version: number) => number
  /** From when on a reconciliation asks that last came as far as that stamp. */
  readonly sweepsFrom: (sweptTo: number, overlapMs: number) => number
  /** How many tries were made, after one more. */
  readonly triesAfter: (tries: number) => number
  /** Whether an event tells of an older state than the one that is known; finer moments are NaN where unknown. */
  readonly isLate: (stamp: number, moment: number, knownStamp: number, knownMoment: number) => boolean
  /** Whether an entity is gone after an event that may say so. */
  readonly isGone: (saysSo: boolean) => boolean
  /** Whether what was fetched for an event is to be fetched again, because a write was not readable yet. */
  readonly fetchAgain: (fetchedStamp: number, eventStamp: number, fetches: number) => boolean
  /** Whether one more call may go out within a period of the limit. */
  readonly mayCall: (used: number, limit: number) => boolean
  /** Whether what is on the disk and waits to move the state is still known after a restart. */
  readonly survivesRestart: () => boolean
}

/** The products show a write within a second; three tries, two seconds apart, are enough. */
const mostFetches = 3

export const rules: Rules = {
  answeredAt: (_, onDiskAt) => onDiskAt,
  pollsFrom: (lastSweep, overlapMs) => lastSweep - overlapMs,
  // Versions of an entity count up; two changes of one second share a stamp.
  keyOf: (stamp, version) => stamp + (version % 1_000) / 1_000,
  sweepsFrom: (sweptTo, overlapMs) => sweptTo - overlapMs,
  triesAfter: (tries) => tries + 1,
  isLate,
  isGone: (saysSo) => saysSo,
  fetchAgain: (fetchedStamp, eventStamp, fetches) => fetchedStamp < eventStamp && fetches < mostFetches,
  mayCall: (used, limit) => used < limit,
  survivesRestart: () => true
}
