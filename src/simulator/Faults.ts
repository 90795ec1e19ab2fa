/** Faults between provider and receiver, in the words of `--faults` and `POST /_sim/faults`. */
import type { PushFaults } from "../providers/index.js"

export interface Faults extends PushFaults {
  /** Every attempt fails while this is on. */
  readonly receiverDown: boolean
  /** Share of a bulk job's records that fail. */
  readonly bulk: number
}

export const noFaults: Faults = { drop: 0, duplicate: 0, reorder: 0, delay: 0, receiverDown: false, bulk: 0 }
