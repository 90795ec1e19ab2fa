/** What the receiver's surroundings decide: pollers, senders and the account's limit. The tests replace one at a time by a wrong one. */
import { readsFrom } from "../../policy/index.js"

export interface Surroundings {
  /** From when on a poller asks that last swept then. */
  readonly pollsFrom: (lastSweep: number, overlapMs: number) => number
  /** How many tries a sender has made, after one more. */
  readonly triesAfter: (tries: number) => number
  /** Whether one more call may go out within a period of the limit. */
  readonly mayCall: (used: number, limit: number) => boolean
}

export const surroundings: Surroundings = {
  pollsFrom: readsFrom,
  triesAfter: (tries) => tries + 1,
  mayCall: (used, limit) => used < limit
}
