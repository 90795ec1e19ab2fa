/**
 * Decisions of the receiver's surroundings: pollers, senders and the account's limit. The tests replace one at a time
 * by a wrong one.
 */
import { readsFrom } from "../../policy/index.js"

export interface Surroundings {
  /** From when on a poller asks that last swept then. */
  readonly pollsFrom: (lastSweep: number, overlapMs: number) => number
  /** How many tries a sender has made, after one more. */
  readonly triesAfter: (tries: number) => number
  /** How many calls a caller makes at most in a period of the limit. */
  readonly callsWithin: (limit: number) => number
}

export const surroundings: Surroundings = {
  pollsFrom: readsFrom,
  triesAfter: (tries) => tries + 1,
  callsWithin: (limit) => limit
}
