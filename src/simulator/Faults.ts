/** Faults that the simulator plays, by the names of domain/Fault.ts; `bulk` is the control plane's own. */
import { noPushFaults, type PushFaults } from "../providers/index.js"

export interface Faults extends PushFaults {
  /** Every attempt fails while this is on. */
  readonly receiverDown: boolean
  /** Share of a bulk job's records that fail. */
  readonly bulk: number
}

export const noFaults: Faults = { ...noPushFaults, receiverDown: false, bulk: 0 }
